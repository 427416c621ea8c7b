package engine

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bounds on what an operation does after its end was asked for. An engine that does not
// even answer a ping in cleanupTime is not waited for any longer; one that has just not
// answered, when an operation undoes several things, only for silentTime.
const (
	cleanupTime     = 10 * time.Second
	silentTime      = time.Second
	slowCleanupTime = 60 * time.Second
)

// cleanUp undoes something, although ctx may have ended. Where the engine cannot be
// reached it says so after cleanupTime, and goes on trying in the background for as
// long as a lost line is tried again.
func (e *Engine) cleanUp(ctx context.Context, undo func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), slowCleanupTime, core.Errorf(core.KindOperationTimeout, "not done after %v", slowCleanupTime))
	defer cancel()
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	ctx = patient(ctx)
	patience := cleanupTime
	if last := e.silentAt.Load(); last != nil && time.Since(*last) < cleanupTime {
		patience = silentTime
	}
	guard.Go(func() {
		short, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if _, err := e.api.Ping(short); err != nil && ctx.Err() == nil {
			now := time.Now()
			e.silentAt.Store(&now)
			giveUp(core.Errorf(core.KindEngineUnreachable, "the engine cannot be reached: %s", engineMessage(e.whyAway(err))))
		}
	}, nil)
	err := undo(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = contextError(ctx)
	}
	if lostLine(err) {
		e.cleanUpLater(undo)
	}
	return err
}

// notEnded is an error that also says what may still run, because it could not be ended.
func notEnded(of *core.Error, what string) *core.Error {
	out := *of
	out.Details = maps.Clone(of.Details)
	out.Message += "; " + what
	return (&out).With("may_still_run", true)
}

func (e *Engine) cleanUpLater(undo func(ctx context.Context) error) {
	guard.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), e.reconnectTime()+slowCleanupTime)
		defer cancel()
		defer guard.OnDone(e.closed, cancel)()
		if e.awaitEngine(ctx) == nil {
			_ = e.retried(patient(ctx), undo)
		}
	}, nil)
}

// outlive gives a context that goes on for cleanupTime after ctx ended, for steps
// whose outcome must be known before they can be undone.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	return outliveBy(ctx, cleanupTime)
}

func outliveBy(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	long, end := context.WithCancelCause(context.WithoutCancel(ctx))
	var timer *time.Timer
	var mu sync.Mutex
	stop := guard.OnDone(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = guard.AfterFunc(more, func() { end(contextError(ctx)) })
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
