package bridge

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"runtime"

	"github.com/proboscis/ml_nexus_go/core"
)

// debugTable has the methods that tests, benchmarks and bug reports need.
func (b *Bridge) debugTable() map[string]method {
	return map[string]method{
		"debug.echo":  {run: echo, request: anyJSON, result: anyJSON, noClient: true},
		"debug.panic": ofNoClient(bare("", provokePanic)),
		"debug.stats": ofNoClient(bare("", b.stats)),
	}
}

var anyJSON = reflect.TypeFor[json.RawMessage]()

// echo returns its request.
func echo(_ context.Context, c *call) (any, error) {
	if len(c.request) == 0 {
		return nothing{}, nil
	}
	if !json.Valid(c.request) {
		return nil, core.Errorf(core.KindInvalidArgument, "the request of %s is not valid JSON", c.name)
	}
	return json.RawMessage(c.request), nil
}

func provokePanic(context.Context, *call) (nothing, error) { panic("provoked by debug.panic") }

// Stats counts what is open, to find leaks.
type Stats struct {
	Goroutines int   `json:"goroutines"`
	Operations int64 `json:"operations"` // this one included
	Clients    int64 `json:"clients"`
	Queues     int64 `json:"queues"`
	OpenFDs    int   `json:"open_fds"` // of the whole process; -1 if it is unknown
}

func (b *Bridge) stats(context.Context, *call) (Stats, error) {
	return Stats{
		Goroutines: runtime.NumGoroutine(),
		Operations: b.ops.count.Load(),
		Clients:    b.clients.count.Load(),
		Queues:     b.queues.count.Load(),
		OpenFDs:    openFDs(),
	}, nil
}

func openFDs() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries) - 1 // ReadDir's own
}
