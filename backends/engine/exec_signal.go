package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ExecSignal implements core.Execs.
func (e *Engine) ExecSignal(ctx context.Context, req core.ExecSignalRequest) error {
	target, invalid := execs.ParseID(req.Container, req.ExecID)
	signal, err := execs.SignalName(req.Signal)
	if invalid == nil {
		invalid = err
	}
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		target.Container = req.Container
		to := signalled{container: target.Container, mark: target.Mark, deadly: execs.Deadly(signal)}
		return e.signalling(ctx, to, func(ctx context.Context) error {
			return e.execs.Signal(ctx, target, signal)
		})
	})
}
