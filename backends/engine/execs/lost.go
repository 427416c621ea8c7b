package execs

import (
	"context"
	"fmt"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// endLost handles an exec whose output was cut off: the engine keeps no copy of it, so the
// rest is lost, and a process that nobody reads any more is ended. The error says what
// became of it.
func (x *Execs) endLost(ctx context.Context, spec *Exec, cause error) error {
	running, code := false, brokenStream
	err := x.session.AwaitEngine(ctx)
	if err == nil {
		err = x.session.Retry(ctx, func(ctx context.Context) error {
			// The engine calls an exec ended (with 126) whose stream broke off, and has
			// forgotten it after a restart: what runs is known in the container only.
			count, err := x.kill(ctx, spec.Target())
			if running = running || count > 0; err != nil || running {
				return err
			}
			now, err := x.api.ContainerExecInspect(ctx, spec.EngineID)
			if err == nil && !now.Running {
				code = now.ExitCode
			}
			return ignoreForgotten(err)
		})
	}
	out := core.Errorf(core.KindConnectionLost, "%s", session.EngineMessage(cause)).
		With("exec_id", spec.Target().ID()).With("container", spec.Container).With("may_still_run", false)
	out.Err = &lostOutput{cause}
	switch {
	case ctx.Err() != nil:
		return x.End(ctx, spec, core.ContextError(ctx, ""))
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

// lostOutput keeps why an output was cut off apart from what became of its process.
type lostOutput struct{ cause error }

func (l *lostOutput) Error() string { return l.cause.Error() }
func (l *lostOutput) Unwrap() error { return l.cause }

// brokenStream is the exit code that engines give to an exec whose stream broke off.
const brokenStream = 126

func ignoreForgotten(err error) error {
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// unlessForgotten distinguishes an engine that has forgotten an exec, because it was
// restarted and the container kept running, from a container that is gone.
func (x *Execs) unlessForgotten(ctx context.Context, spec *Exec, err error) error {
	if !cerrdefs.IsNotFound(err) {
		return err
	}
	var state core.StateResult
	asked := x.session.Retry(ctx, func(ctx context.Context) (err error) {
		state, err = containerinfo.State(ctx, x.api, spec.Container)
		return err
	})
	switch {
	case asked != nil:
		return err
	case state.Running:
		return core.Errorf(core.KindConnectionLost, "the engine was restarted since the exec was created, and has forgotten it")
	}
	return endedWithState(spec.Container, state)
}
