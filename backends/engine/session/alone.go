package session

import (
	"context"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
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
