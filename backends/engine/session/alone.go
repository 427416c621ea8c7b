package session

import (
	"context"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/core"
)

// Alone waits for somebody else's prune, or count of the disk's usage: engines do only
// one at a time, and refuse another.
func Alone(ctx context.Context, do func(ctx context.Context) error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, time.Second
	for {
		err := do(ctx)
		if err == nil || !strings.Contains(err.Error(), "operation is already running") {
			return err
		}
		if ended := Sleep(ctx, pause.NextBackOff()); ended != nil {
			return ended
		}
	}
}

// measureAttempts bounds how often a measurement is repeated that a removal disturbed.
const measureAttempts = 10

// Undisturbed asks again if an engine with containerd's image store fails because a container
// vanished while its size was measured.
func Undisturbed[T any](ctx context.Context, measure func() (T, error)) (result T, err error) {
	for attempt := range measureAttempts {
		result, err = measure()
		if err == nil || !cerrdefs.IsNotFound(err) && !strings.Contains(err.Error(), "snapshot") {
			return result, err
		}
		if Sleep(ctx, time.Duration(attempt)*50*time.Millisecond) != nil {
			return result, core.ContextError(ctx, "")
		}
	}
	return result, err
}
