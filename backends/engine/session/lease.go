package session

import (
	"context"
	"regexp"

	"github.com/proboscis/ml_nexus_go/core"
)

// leaseLost is what engines with containerd's store say when, of several requests at
// once, one loses its hold on what it works with (a lease), and with it the content: the
// classic builder does not find the image that its last step made, BuildKit not a layer
// that another image had, too, and that was removed with it.
var leaseLost = regexp.MustCompile(`lease (does not exist|"[^"]*": not found)|commit failed: rename |unable to find image "sha256:[0-9a-f]{64}"|content digest sha256:[0-9a-f]{64}: not found`)

// LeaseLost reports whether an engine's message is one of those.
func LeaseLost(message string) bool { return leaseLost.MatchString(message) }

// LeaseTries is how often a request is made that loses its hold.
const LeaseTries = 3

// RetryLease does what may be done again from its start, and does so where the engine lost its
// hold on it. It tells do which try is the last.
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

// RetryWithLease is RetryLease that also does it again after a lost connection.
func (s *Session) RetryWithLease(ctx context.Context, do func() error) error {
	return s.Retry(ctx, func(ctx context.Context) error { return RetryLease(ctx, func(bool) error { return do() }) })
}

// LeaseError is the error where trying again is for the caller.
func LeaseError(err error) *core.Error {
	return (&core.Error{
		Kind:    core.KindEngineError,
		Message: "the engine lost its hold on the image because of another request at the same time: try again (" + EngineMessage(err) + ")",
		Err:     err,
	}).With("reason", "lease_lost")
}
