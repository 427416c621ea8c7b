package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// openClients knows which clients are open, and how many are being closed.
type openClients struct {
	mu    sync.Mutex
	open  map[uint64]struct{}
	going int
}

func (o *openClients) add(handle uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		o.open = map[uint64]struct{}{}
	}
	o.open[handle] = struct{}{}
}

// closing counts a client as being closed, until done is called.
func (o *openClients) closing(handle uint64) (done func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, handle)
	o.going++
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.going--
	}
}

func (o *openClients) list() (open []uint64, going int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for handle := range o.open {
		open = append(open, handle)
	}
	return open, o.going
}

// closePoll is how often closeAll checks whether all are closed.
const closePoll = 5 * time.Millisecond

// closeAll closes every client, and waits until these, and those that somebody else
// closes, have ended their work. It is for the end of a program.
func (b *Bridge) closeAll(ctx context.Context, _ *call) (nothing, error) {
	open, _ := b.open.list()
	for _, handle := range open {
		done := b.open.closing(handle)
		guard.Go(func() {
			defer done()
			_ = b.closeClient(ctx, handle)
		}, nil)
	}
	for {
		_, going := b.open.list()
		if going == 0 {
			return nothing{}, nil
		}
		select {
		case <-ctx.Done():
			return nothing{}, core.Errorf(core.KindCancelled, "%d clients are still being closed", going)
		case <-time.After(closePoll):
		}
	}
}
