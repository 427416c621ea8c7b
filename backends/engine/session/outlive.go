package session

import (
	"context"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Outlive returns a context that ends CleanupTime after ctx, for steps whose outcome must
// be known before they can be undone.
func Outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	return OutliveBy(ctx, CleanupTime)
}

// OutliveBy is Outlive with a time other than CleanupTime.
func OutliveBy(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	long, end := context.WithCancelCause(context.WithoutCancel(ctx))
	var timer *time.Timer
	var mu sync.Mutex
	stop := guard.OnDone(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = guard.AfterFunc(more, func() { end(core.ContextError(ctx, "")) })
	})
	return patient(long), func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		end(nil)
	}
}
