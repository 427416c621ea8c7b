package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Run implements core.Containers.
func (e *Engine) Run(ctx context.Context, req core.RunRequest, s core.Streams) (result core.CommandResult, err error) {
	began := time.Now()
	err = e.session.Perform(ctx, session.Operation{Timeout: req.TimeoutSeconds, Long: true}, func(ctx context.Context) error {
		result, err = e.run(ctx, req, s)
		return err
	})
	if result.ContainerID != "" {
		result.Seconds = time.Since(began).Seconds()
	}
	return result, err
}

func (e *Engine) run(ctx context.Context, req core.RunRequest, s core.Streams) (core.CommandResult, error) {
	place, err := e.session.EnterStart(ctx)
	if err != nil {
		return core.CommandResult{}, err
	}
	defer place.Leave()
	place.LeaveSoon(func() bool { return true }) // also from a run that pulls for an hour

	spec, err := e.createContainer(ctx, req, s.Stdin != nil && !req.StdinByOptions, uuid.NewString(), listener(req, s))
	if err != nil {
		if spec != nil && spec.created {
			err = e.discard(ctx, spec, err)
		}
		return core.CommandResult{}, err
	}
	for _, w := range spec.warnings {
		s.Emit(core.WarningEvent{Event: "warning", Message: w})
	}
	if req.StdinByOptions {
		s = s.StdinByOptions(spec.interactive)
	}
	result, err := e.runCreated(ctx, spec, s)
	result.ContainerID = spec.containerID
	return result, err
}

// listener is who wants to know how the pull of a missing image goes on.
func listener(req core.RunRequest, s core.Streams) func(any) {
	if req.Progress {
		return s.Event
	}
	return nil
}

// runCreated starts the container and sees it through. Whatever goes wrong, the
// container does not run afterwards, and does not exist where --rm was given or
// where it never ran.
func (e *Engine) runCreated(ctx context.Context, spec *runSpec, s core.Streams) (core.CommandResult, error) {
	if spec.detach {
		if err := e.startCreated(ctx, spec.containerID); err != nil {
			return e.notStarted(ctx, spec, s, err)
		}
		if ctx.Err() != nil { // nobody would learn its ID
			return core.CommandResult{}, e.discard(ctx, spec, core.ContextError(ctx, ""))
		}
		emitStarted(spec, s)
		if s.Stdout != nil {
			if _, err := io.WriteString(s.Stdout, spec.containerID+"\n"); err != nil {
				return core.CommandResult{Detached: true}, err
			}
		}
		return core.CommandResult{Detached: true}, nil
	}
	// The container does not run yet: to attach again changes nothing.
	var attached *attachment
	err := e.session.Retry(ctx, func(ctx context.Context) (err error) {
		attached, err = e.attachAndWait(ctx, spec)
		return err
	})
	if err != nil {
		return core.CommandResult{}, e.discard(ctx, spec, err)
	}
	defer attached.close()
	if err := e.startCreated(ctx, spec.containerID); err != nil {
		return e.notStarted(ctx, spec, s, err)
	}
	defer e.outputs.add(ctx, attachedOutput{id: spec.containerID, name: spec.name}, s)()
	emitStarted(spec, s)
	return e.seeThrough(ctx, spec, attached, s)
}

func emitStarted(spec *runSpec, s core.Streams) {
	s.Emit(core.StartedEvent{Event: "started", ContainerID: spec.containerID, TTY: spec.tty})
}

// startCreated starts; when ctx ends meanwhile, the outcome is still awaited, so
// that the caller knows what there is to undo.
func (e *Engine) startCreated(ctx context.Context, id string) error {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	for {
		err := e.api.ContainerStart(long, id, container.StartOptions{})
		if err == nil || !session.AnswerLost(err) {
			return err
		}
		if started, again := e.startedBefore(long, id); again != nil || started {
			return again
		}
	}
}

// attachment is an attached stream, and the wait that was begun before the start so
// that no end is missed.
type attachment struct {
	stream   types.HijackedResponse
	exited   <-chan container.WaitResponse
	failed   <-chan error
	stopWait context.CancelFunc
}

func (a *attachment) close() {
	a.stopWait()
	if a.stream.Conn != nil {
		a.stream.Close()
	}
}

// attachAndWait sends both requests at once: over a slow line that saves a round trip.
func (e *Engine) attachAndWait(ctx context.Context, spec *runSpec) (*attachment, error) {
	waitCtx, stopWait := context.WithCancel(ctx)
	a := &attachment{stopWait: stopWait}
	waiting := make(chan struct{})
	guard.Go(func() {
		defer close(waiting)
		a.exited, a.failed = e.api.ContainerWait(waitCtx, spec.containerID, container.WaitConditionNextExit)
	}, nil)
	stream, err := session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerAttach(ctx, spec.containerID, container.AttachOptions{
			Stream: true, Stdin: spec.stdin, Stdout: spec.stdout, Stderr: spec.stderr, DetachKeys: spec.detachKeys,
		})
	})
	<-waiting
	if err != nil {
		a.close()
		return nil, err
	}
	a.stream = stream
	return a, nil
}

// seeThrough moves the streams until the container ended, and gives its exit code.
func (e *Engine) seeThrough(ctx context.Context, spec *runSpec, a *attachment, s core.Streams) (core.CommandResult, error) {
	s.Stdin = streams.TerminalInput(s, spec.tty, spec.stdin)
	watch := streams.WatchArguments(spec.argv, s.Stderr)
	if watch != nil {
		s.Stderr = watch
	}
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	input := streams.TrackInput(s.Stdin)
	pumped := streams.Pumping(ctx, a.stream, spec.tty, core.Streams{Stdin: input.Reader(), Stdout: out, Stderr: errOut})
	response, err := awaitBoth(ctx, a, pumped)
	if err != nil && ctx.Err() == nil && session.EngineLost(err) {
		if cut := input.Cut(err); cut != nil {
			err = cut
		} else {
			response.StatusCode, err = e.reattach(ctx, spec, out, errOut, s.Emit, err)
		}
	}
	if err == nil && watch.Refused(int(response.StatusCode)) {
		spec.remove, err = true, streams.ArgumentsTooLong()
	}
	if err == nil && response.Error != nil {
		err = core.Errorf(core.KindEngineError, "%s", response.Error.Message)
	}
	if err != nil {
		return core.CommandResult{}, e.discard(ctx, spec, err)
	}
	result := core.CommandResult{ExitCode: int(response.StatusCode)}
	if response.StatusCode == 137 || response.StatusCode == 143 {
		if result.OOMKilled, err = e.endedFromOutside(ctx, spec, response.StatusCode); err != nil {
			return core.CommandResult{}, e.discard(ctx, spec, err)
		}
	}
	if spec.remove {
		err = e.removeFinished(ctx, spec.containerID)
	}
	return result, err
}

// awaitBoth waits for the container's end and the streams'. When a stream breaks, or
// its reader fails, the end is not waited for. When the wait is lost with its line, the
// streams are: the line may have brought more than their reader has taken.
func awaitBoth(ctx context.Context, a *attachment, pumped <-chan error) (response container.WaitResponse, err error) {
	exited, failed, streams := a.exited, a.failed, pumped
	var lost error
	for exited != nil || streams != nil {
		select {
		case response = <-exited:
			exited = nil
		case err = <-streams:
			streams = nil
		case err = <-failed:
			if session.EngineLost(err) {
				lost, err = err, nil
				exited, failed = nil, nil
			}
		case <-ctx.Done():
			err = core.ContextError(ctx, "")
		}
		if err != nil {
			break
		}
	}
	if streams != nil && err != nil {
		a.stream.Close()
		<-streams
	}
	if err == nil {
		err = lost
	}
	return response, err
}

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
	if ctx.Err() == nil && session.MayStillRun(cause) {
		return cause
	}
	err := e.session.CleanUp(ctx, func(ctx context.Context) error {
		if spec.remove {
			return e.removeWhole(ctx, spec.containerID)
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
	what := fmt.Sprintf("container %s may still run (%s): look for it by its label %s", containerinfo.ShortID(spec.containerID), session.EngineMessage(err), LabelSession)
	return session.NotEnded(session.Translate(ctx, cause), what).With("container_id", spec.containerID)
}

// killOrRemove kills a container that runs and removes one that never ran.
func (e *Engine) killOrRemove(ctx context.Context, spec *runSpec) error {
	exited, failed := e.api.ContainerWait(ctx, spec.containerID, container.WaitConditionNotRunning)
	err := e.api.ContainerKill(ctx, spec.containerID, "KILL")
	if err != nil && cerrdefs.IsConflict(err) {
		return e.removeIfNeverRan(ctx, spec.containerID)
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
