package engine

import (
	"context"
	"io"
	"maps"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/attach"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
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
	place.LeaveSoon(func() bool { return true }) // even if the run pulls for an hour

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
	result.ContainerID = spec.ID
	return result, err
}

// listener returns the function that gets the events of pulling a missing image.
func listener(req core.RunRequest, s core.Streams) func(any) {
	if req.Progress {
		return s.Event
	}
	return nil
}

// runCreated starts the container and sees it through. Whatever goes wrong, the
// container does not run afterwards, and does not exist if --rm was given or if it never
// ran.
func (e *Engine) runCreated(ctx context.Context, spec *runSpec, s core.Streams) (core.CommandResult, error) {
	if spec.detach {
		if err := e.startCreated(ctx, spec.ID); err != nil {
			return e.notStarted(ctx, spec, s, err)
		}
		if ctx.Err() != nil { // nobody would get its ID
			return core.CommandResult{}, e.discard(ctx, spec, core.ContextError(ctx, ""))
		}
		emitStarted(spec, s)
		if s.Stdout != nil {
			if _, err := io.WriteString(s.Stdout, spec.ID+"\n"); err != nil {
				return core.CommandResult{Detached: true}, err
			}
		}
		return core.CommandResult{Detached: true}, nil
	}
	attached, err := e.attachCreated(ctx, spec)
	if err != nil {
		return core.CommandResult{}, e.discard(ctx, spec, err)
	}
	defer attached.Close()
	if err := e.startCreated(ctx, spec.ID); err != nil {
		return e.notStarted(ctx, spec, s, err)
	}
	if spec.outlives {
		spec.left, spec.remove = true, false // the engine removes it
	}
	defer e.outputs.add(ctx, attachedOutput{id: spec.ID, name: spec.name}, s)()
	emitStarted(spec, s)
	return e.seeThrough(ctx, spec, attached, s)
}

// attachCreated attaches to a container that was never started, and makes it anew where an
// attachment whose answer was lost has ended its input.
func (e *Engine) attachCreated(ctx context.Context, spec *runSpec) (attached *attach.Attachment, err error) {
	spent := false
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		if spent {
			if err := e.removeWhole(ctx, spec.ID); err != nil {
				return err
			}
			if err := spec.create(ctx); err != nil {
				return err
			}
		}
		attached, err = e.Begin(ctx, &spec.Container, container.WaitConditionNextExit)
		spent = spec.HasOneInput()
		return err
	})
	return attached, err
}

func emitStarted(spec *runSpec, s core.Streams) {
	s.Emit(core.StartedEvent{Event: "started", ContainerID: spec.ID, TTY: spec.TTY})
}

// startCreated starts the container; if ctx ends meanwhile, it still awaits the outcome, so
// that the caller knows what to undo.
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

// seeThrough moves the streams until the container ended, and gives its exit code.
func (e *Engine) seeThrough(ctx context.Context, spec *runSpec, a *attach.Attachment, s core.Streams) (core.CommandResult, error) {
	s.Stdin = streams.TerminalInput(s, spec.TTY, spec.Stdin)
	watch := streams.WatchArguments(spec.argv, s.Stderr)
	if watch != nil {
		s.Stderr = watch
	}
	response, err := e.ToEnd(ctx, &spec.Container, a, s)
	if err == nil && watch.Refused(int(response.StatusCode)) {
		spec.remove, spec.left, err = true, false, streams.ArgumentsTooLong()
	}
	if err == nil && response.Error != nil {
		err = core.Errorf(core.KindEngineError, "%s", response.Error.Message)
	}
	if err != nil {
		return core.CommandResult{}, e.discard(ctx, spec, err)
	}
	result := core.CommandResult{ExitCode: int(response.StatusCode)}
	if !spec.outlives && (response.StatusCode == 137 || response.StatusCode == 143) {
		if result.OOMKilled, err = e.endedFromOutside(ctx, spec, response.StatusCode); err != nil {
			return core.CommandResult{}, e.discard(ctx, spec, err)
		}
	}
	if spec.remove {
		err = ended(ctx, e.removeFinished(ctx, spec.ID), result.ExitCode)
	}
	return result, err
}

// ended adds to the error of what is done after a container's end that it has ended.
func ended(ctx context.Context, err error, code int) error {
	if err == nil {
		return nil
	}
	out := *session.Translate(ctx, err)
	out.Details = maps.Clone(out.Details)
	return out.With("exit_code", code)
}
