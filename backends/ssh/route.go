package ssh

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// defaultSocket is where docker listens unless told otherwise.
const defaultSocket = "/var/run/docker.sock"

// way is how to reach the engine: stream-local forwarding to a socket, or a command
// that connects its standard input and output to the engine.
type way struct {
	socket  string
	command string
	first   string // is written to the command's stdin before the stream begins
}

// router finds the way once and remembers it, even for later connections.
type router struct {
	mu     sync.Mutex
	known  *way
	search *attempt.Shared[*found]
}

// found is the result of a search.
type found struct {
	way   way
	first net.Conn // opened on the way, for one of the callers; router.mu guards it
}

// closeFirst closes a stream that no caller is left to take.
func closeFirst(f *found) {
	if f.first != nil {
		_ = f.first.Close()
	}
}

// find returns the way. If the search has opened a stream, one caller gets that too.
func (r *router) find(ctx context.Context, h *Host, l *sshconn.Login) (way, net.Conn, error) {
	if known := r.remembered(); known != nil {
		return *known, nil, nil
	}
	f, err := r.search.Do(ctx, func(ctx context.Context) (*found, error) { return r.searchOnce(ctx, h, l) })
	var p *guard.Panic
	switch {
	case err == nil:
		r.mu.Lock()
		defer r.mu.Unlock()
		first := f.first
		f.first = nil
		return f.way, first, nil
	case ctx.Err() != nil:
		return way{}, nil, core.ContextError(ctx, "looking for the engine on "+l.Settings().Alias)
	case errors.As(err, &p):
		return way{}, nil, core.Errorf(core.KindInternalError, "looking for the engine: %w", p)
	}
	return way{}, nil, err
}

func (r *router) remembered() *way {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known
}

// searchOnce searches, unless the way was found after its caller had looked for it.
func (r *router) searchOnce(ctx context.Context, h *Host, l *sshconn.Login) (*found, error) {
	if known := r.remembered(); known != nil {
		return &found{way: *known}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.opts.AttemptTime(l.Settings()))
	defer cancel()
	by, first, err := h.findWay(ctx, l)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = &by
	return &found{way: by, first: first}, nil
}

// forget makes the next caller search again.
func (r *router) forget(w way) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known != nil && *r.known == w {
		r.known = nil
	}
}
