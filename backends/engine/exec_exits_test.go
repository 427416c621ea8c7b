package engine

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestExitCodesComeByEvents runs execs that ask for no exit code, once the events are read; the
// first one, before that, asks.
func TestExitCodesComeByEvents(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			e := openEngine(t, altered(t, on, func(path string, answer []byte) []byte {
				if strings.Contains(path, "/exec/") {
					asked.Add(1)
				}
				return answer
			}))
			name := runFor(t, e, []string{"-d"}, "sleep", "600")
			exec := func(code int) {
				t.Helper()
				result, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "exit " + strconv.Itoa(code)}}, core.Streams{})
				if err != nil || result.ExitCode != code {
					t.Fatalf("got %+v, %v, want exit code %d", result, err, code)
				}
			}
			e.execs.ExitGrace = longest
			exec(7)
			if asked.Load() == 0 {
				t.Error("the first exec came before the events were read, and asked nothing")
			}
			ctx, cancel := context.WithTimeout(t.Context(), longest)
			defer cancel()
			for before := int64(-1); before != asked.Load(); exec(8) {
				if before = asked.Load(); ctx.Err() != nil {
					t.Fatal("no exec gets its exit code by an event")
				}
			}
			for _, code := range []int{0, 1, 3, 126, 127, 137, 255} {
				exec(code)
			}
		})
	}
}
