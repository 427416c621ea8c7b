package session

import (
	"context"
	"errors"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// asksGone is how often it is asked whether an engine that does not answer is gone for good.
const asksGone = time.Second

// untilGone returns a context that also ends, with the reason as its cause, once somebody who knows
// says that the engine does not come back.
func (s *Session) untilGone(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.opts.Gone == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	guard.Go(func() {
		for {
			if Sleep(ctx, asksGone) != nil {
				return
			}
			if gone := s.opts.Gone(ctx); gone != nil {
				cancel(gone)
				return
			}
		}
	}, nil)
	return ctx, func() { cancel(nil) }
}

// whyGone returns an error, or why the engine is gone, if that has ended a context of untilGone.
func whyGone(ctx context.Context, err error) error {
	var gone *core.Error
	if errors.As(context.Cause(ctx), &gone) && gone.Kind == core.KindEngineUnreachable {
		return gone
	}
	return err
}
