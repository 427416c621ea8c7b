package reserve

import (
	"context"
	"errors"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// turn is one call's wait for a place.
type turn struct {
	event func(any)
	limit time.Duration // 0 for none
	said  string        // why it waits, as far as is known
}

// errQueue is the cause of a context whose turn did not come in time.
var errQueue = errors.New("the turn did not come in time")

// bounded returns the context of the wait.
func (t *turn) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if t.limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, t.limit, errQueue)
}

// waits tells the caller a reason, once.
func (t *turn) waits(why string) {
	if why == "" || why == t.said {
		return
	}
	t.said = why
	if t.event != nil {
		t.event(core.WaitingEvent{Event: "waiting", Reason: why})
	}
}

// named returns an error; one that only says that the context has ended, as why it did.
func (t *turn) named(ctx context.Context, err error) error {
	kind := core.KindOf(err)
	if ctx.Err() != nil && (kind == "" || kind == core.KindCancelled || kind == core.KindOperationTimeout) {
		return t.over(ctx)
	}
	return err
}

// over is why the wait has ended, if its context has.
func (t *turn) over(ctx context.Context) *core.Error {
	if !errors.Is(context.Cause(ctx), errQueue) {
		return core.ContextError(ctx, "")
	}
	why := t.said
	if why == "" {
		why = "Swarm has given no reason"
	}
	return core.Errorf(core.KindOperationTimeout, "no place in the fleet within %s, and nothing was run: %s", t.limit, why).
		With("reason", "queue_timeout").With("waited_for", why)
}
