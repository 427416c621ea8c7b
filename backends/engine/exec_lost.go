package engine

import (
	"context"
	"fmt"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// endLostExec is for an exec whose output was cut off: the engine keeps no copy of it,
// so that the rest is lost, and a process that nobody listens to any more is ended.
// The error says what became of it.
func (e *Engine) endLostExec(ctx context.Context, spec *execSpec, cause error) error {
	running, code := false, brokenStream
	err := e.session.AwaitEngine(ctx)
	if err == nil {
		err = e.session.Retry(ctx, func(ctx context.Context) error {
			// The engine calls an exec ended (with 126) whose stream broke off, and has
			// forgotten it after a restart: what runs is known in the container only.
			count, err := e.killExec(ctx, spec.target())
			if running = running || count > 0; err != nil || running {
				return err
			}
			now, err := e.api.ContainerExecInspect(ctx, spec.engineID)
			if err == nil && !now.Running {
				code = now.ExitCode
			}
			return ignoreForgotten(err)
		})
	}
	out := core.Errorf(core.KindConnectionLost, "%s", session.EngineMessage(cause)).
		With("exec_id", spec.target().id()).With("container", spec.container).With("may_still_run", false)
	out.Err = cause
	switch {
	case ctx.Err() != nil:
		return e.endExec(ctx, spec, session.ContextError(ctx))
	case endedWith(err):
		out.Message += "; the process ended with its container"
	case err != nil:
		out = session.NotEnded(out, spec.mayRun(err))
	case running:
		out.Message += "; the process was ended, and the rest of its output is lost (durable=True keeps it)"
	case code == brokenStream:
		out.Message += "; the process had ended by itself, its exit code is not known, and the rest of its output is lost (durable=True keeps both)"
	default:
		out.Message += fmt.Sprintf("; the process had ended by itself with exit code %d, and the rest of its output is lost (durable=True keeps it)", code)
		out = out.With("exit_code", code)
	}
	return out
}

// brokenStream is the exit code that engines give to an exec whose stream broke off.
const brokenStream = 126

func ignoreForgotten(err error) error {
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// unlessForgotten tells an engine that does not know an exec any more, because it was
// restarted and the container went on, from a container that is gone.
func (e *Engine) unlessForgotten(ctx context.Context, spec *execSpec, err error) error {
	if !cerrdefs.IsNotFound(err) {
		return err
	}
	var state core.StateResult
	asked := e.session.Retry(ctx, func(ctx context.Context) (err error) {
		state, err = e.state(ctx, spec.container)
		return err
	})
	switch {
	case asked != nil:
		return err
	case state.Running:
		return core.Errorf(core.KindConnectionLost, "the engine was restarted since the exec was made, and has forgotten it")
	}
	return execEndedWith(spec.container, state)
}
