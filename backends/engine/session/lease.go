package session

import (
	"context"
	"regexp"

	"github.com/proboscis/ml_nexus_go/core"
)

// leaseLost matches what engines with containerd's store say when one of several concurrent
// requests loses its lease, and with it the content it works with: the classic builder does
// not find the image that its last step made, or BuildKit a layer that was removed with
// another image.
var leaseLost = regexp.MustCompile(`lease (does not exist|"[^"]*": not found)|commit failed: rename |unable to find image "sha256:[0-9a-f]{64}"|content digest sha256:[0-9a-f]{64}: not found`)

// LeaseLost reports whether an engine's message is one of those.
func LeaseLost(message string) bool { return leaseLost.MatchString(message) }

// LeaseTries is how often a request that loses its lease is sent.
const LeaseTries = 3

// RetryLease does something idempotent, and repeats it if the engine lost its lease. It
// tells do which attempt is the last.
func RetryLease(ctx context.Context, do func(last bool) error) error {
	for try := 1; ; try++ {
		last := try == LeaseTries
		err := do(last)
		if err == nil || ctx.Err() != nil || !LeaseLost(err.Error()) {
			return err
		}
		if last {
			return LeaseError(err)
		}
	}
}

// RetryWithLease is RetryLease that also repeats it after a lost connection.
func (s *Session) RetryWithLease(ctx context.Context, do func() error) error {
	return s.Retry(ctx, func(ctx context.Context) error { return RetryLease(ctx, func(bool) error { return do() }) })
}

// LeaseError returns the error that leaves a retry to the caller.
func LeaseError(err error) *core.Error {
	return (&core.Error{
		Kind:    core.KindEngineError,
		Message: "the engine lost its hold on the image because of another request at the same time: try again (" + EngineMessage(err) + ")",
		Err:     err,
	}).With("reason", "lease_lost")
}
