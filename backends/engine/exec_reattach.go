package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ReattachExec implements core.Execs.
func (e *Engine) ReattachExec(ctx context.Context, req core.ReattachExecRequest, s core.Streams) (result core.CommandResult, err error) {
	target, invalid := execs.ParseID(req.Container, req.ExecID)
	if invalid == nil && (req.StdoutFrom < 0 || req.StderrFrom < 0) {
		invalid = core.Errorf(core.KindInvalidArgument, "a position in the output must not be negative")
	}
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Timeout: req.TimeoutSeconds, Long: true}, func(ctx context.Context) error {
		target.Container = req.Container
		defer e.outputs.add(ctx, attachedOutput{name: req.Container, mark: target.Mark, durable: true}, s)()
		result, err = e.execs.Reattach(ctx, req, target, s)
		return err
	})
	return result, err
}
