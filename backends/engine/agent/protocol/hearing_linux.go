package protocol

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

const (
	// silence is the least time after which a client that says nothing counts as gone.
	silence = time.Minute
	// parts is in how many parts it is measured: the time for which an agent itself was stopped counts as one.
	parts = 6
	// unheard bounds the wait for answers that nobody takes.
	unheard = 10 * time.Second
)

var errSilent = errors.New("the client says nothing any more")

// hearing is an agent's input, and knows when nothing has come for a time. That is a way to
// notice that the client has gone: an engine that was restarted while its containers went on
// keeps their input open.
type hearing struct {
	in    io.Reader
	quiet atomic.Int32 // parts of the time that have passed in silence
	begun bool
}

// Read implements io.Reader.
func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	h.quiet.Store(0)
	return n, err
}

// begin calls gone once nothing has come for a time, until ctx ends. A client that never says
// that it is there is not waited for in this way.
func (h *hearing) begin(ctx context.Context, most time.Duration, gone context.CancelCauseFunc) {
	if h.begun {
		return
	}
	h.begun = true
	guard.Go(func() {
		ticker := time.NewTicker(most / parts)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if h.quiet.Add(1) > parts {
					gone(errSilent)
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}, nil)
}
