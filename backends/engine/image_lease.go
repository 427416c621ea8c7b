package engine

import (
	"context"
	"regexp"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// leaseLost is what engines with containerd's store say when, of several requests at
// once, one loses its hold on what it works with (a lease), and with it the content: the
// classic builder does not find the image that its last step made, BuildKit not a layer
// that another image had, too, and that was removed with it.
var leaseLost = regexp.MustCompile(`lease (does not exist|"[^"]*": not found)|commit failed: rename |unable to find image "sha256:[0-9a-f]{64}"|content digest sha256:[0-9a-f]{64}: not found`)

// heldTries is how often a request is made that loses its hold.
const heldTries = 3

// held does what may be done again from its start, and does so where the engine lost its
// hold on it. It tells do which try is the last.
func held(ctx context.Context, do func(last bool) error) error {
	for try := 1; ; try++ {
		last := try == heldTries
		err := do(last)
		if err == nil || ctx.Err() != nil || !leaseLost.MatchString(err.Error()) {
			return err
		}
		if last {
			return leaseFault(err)
		}
	}
}

// again does what may be done again from its start: also after a lost connection.
func (e *Engine) again(ctx context.Context, do func() error) error {
	return e.session.Retry(ctx, func(ctx context.Context) error { return held(ctx, func(bool) error { return do() }) })
}

// leaseFault is the error where trying again is for the caller.
func leaseFault(err error) *core.Error {
	return (&core.Error{
		Kind:    core.KindEngineError,
		Message: "the engine lost its hold on the image because of another request at the same time: try again (" + session.EngineMessage(err) + ")",
		Err:     err,
	}).With("reason", "lease_lost")
}
