package engine

import (
	"context"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Create implements core.Containers. It is the first half of a run with -d, by the same code:
// the container belongs to nobody who waits for it.
func (e *Engine) Create(ctx context.Context, req core.CreateContainerRequest, event func(any)) (result core.CreateContainerResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Long: true}, func(ctx context.Context) error {
		spec, err := e.createOnly(ctx, req, event)
		if err == nil && ctx.Err() != nil { // nobody would learn its ID
			err = core.ContextError(ctx, "")
		}
		if err != nil {
			if spec != nil && spec.created {
				err = e.discard(ctx, spec, err)
			}
			return err
		}
		result = core.CreateContainerResult{ID: spec.ID, Warnings: append([]string{}, spec.warnings...)}
		return nil
	})
	return result, err
}

func (e *Engine) createOnly(ctx context.Context, req core.CreateContainerRequest, event func(any)) (*runSpec, error) {
	asRun := core.RunRequest{Image: req.Image, Command: req.Command, Options: req.Options, Shell: req.Shell, Environ: req.Environ}
	run, err := e.parseRun(ctx, asRun, false)
	if err == nil {
		err = createRefuses(run)
	}
	if err != nil {
		return nil, err
	}
	pulls := pullPolicy{Pull: run.Pull, environ: req.Environ}
	if req.Progress {
		pulls.event = event
	}
	return e.createParsed(ctx, run, pulls, uuid.NewString(), false)
}

// createRefuses refuses options that docker run has, and docker create does not.
func createRefuses(run *cliopts.Run) error {
	if len(run.OnlyOfRun) == 0 {
		return nil
	}
	return core.Errorf(core.KindInvalidArgument, "--%s is an option of running a container: a container that is only created does not have it", run.OnlyOfRun[0])
}
