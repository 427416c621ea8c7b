package engine

import (
	"fmt"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"

	"context"
)

func (e *Engine) removeFinished(ctx context.Context, id string) error {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	return e.removeWhole(long, id)
}

// removeWhole removes a container in any state, and its volumes. It may be gone.
func (e *Engine) removeWhole(ctx context.Context, id string) error {
	err := e.remove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// notStarted is for a container that could not be started. As with docker run, a
// command that is not there ends with 127, one that cannot be executed with 126;
// anything else is the engine's error.
func (e *Engine) notStarted(ctx context.Context, spec *runSpec, s core.Streams, cause error) (core.CommandResult, error) {
	spec.remove = true // it never ran: there is nothing in it to look at
	code := streams.StartFailureCode(cause)
	if strings.Contains(cause.Error(), "argument list too long") {
		cause, code = streams.ArgumentsTooLong(), 0
	}
	err := e.discard(ctx, spec, cause)
	if code == 0 || ctx.Err() != nil {
		return core.CommandResult{}, err
	}
	if s.Stderr != nil {
		_, _ = fmt.Fprintf(s.Stderr, "%s\n", session.EngineMessage(cause))
	}
	return core.CommandResult{ExitCode: code}, nil
}

// discard ends a run that failed or was cancelled: the container is killed, and
// removed where it was to be removed or never ran. It returns cause, or says what
// could not be undone.
func (e *Engine) discard(ctx context.Context, spec *runSpec, cause error) error {
	if spec.left || ctx.Err() == nil && session.MayStillRun(cause) {
		return cause
	}
	err := e.session.CleanUp(ctx, func(ctx context.Context) error {
		if spec.remove {
			return e.removeWhole(ctx, spec.ID)
		}
		err := e.killOrRemove(ctx, spec)
		if cerrdefs.IsNotFound(err) {
			return nil
		}
		return err
	})
	if err == nil {
		return cause
	}
	// A closed client or a lost engine: the cause says it already.
	what := fmt.Sprintf("container %s may still run (%s): look for it by its label %s", containerinfo.ShortID(spec.ID), session.EngineMessage(err), LabelSession)
	return session.NotEnded(session.Translate(ctx, cause), what).With("container_id", spec.ID)
}

// killOrRemove kills a container that runs and removes one that never ran.
func (e *Engine) killOrRemove(ctx context.Context, spec *runSpec) error {
	exited, failed := e.api.ContainerWait(ctx, spec.ID, container.WaitConditionNotRunning)
	err := e.api.ContainerKill(ctx, spec.ID, "KILL")
	if err != nil && cerrdefs.IsConflict(err) {
		return e.removeIfNeverRan(ctx, spec.ID)
	}
	if err != nil {
		return err
	}
	select {
	case <-exited:
		return nil
	case err := <-failed:
		return err
	}
}

func (e *Engine) removeIfNeverRan(ctx context.Context, id string) error {
	info, err := e.api.ContainerInspect(ctx, id)
	if err != nil || info.State == nil || info.State.Status != container.StateCreated {
		return err
	}
	return e.removeWhole(ctx, id)
}
