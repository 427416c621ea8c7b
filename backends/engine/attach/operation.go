package attach

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/moby/term"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Attach implements core.Attachments. However it ends, the container goes on.
func (r *Attacher) Attach(ctx context.Context, req core.AttachRequest, s core.Streams) (result core.CommandResult, err error) {
	began := time.Now()
	operation := session.Operation{Container: &req.Container, Invalid: checkKeys(req.DetachKeys), Timeout: req.TimeoutSeconds, Long: true}
	err = r.session.Perform(ctx, operation, func(ctx context.Context) error {
		var c *Container
		err := r.session.Retry(ctx, func(ctx context.Context) (err error) {
			c, err = r.look(ctx, req)
			return err
		})
		if err != nil {
			return err
		}
		if req.StdinByOptions {
			s = s.StdinByOptions(c.Stdin)
		}
		defer r.watch(ctx, c.ID, req.Container, s)()
		follow := r.newOutput
		if req.Logs {
			follow = r.allOutput
		}
		response, err := follow(ctx, c, s)
		if err == nil && response.Error != nil {
			err = core.Errorf(core.KindEngineError, "%s", response.Error.Message)
		}
		result = core.CommandResult{ContainerID: c.ID, ExitCode: int(response.StatusCode), Seconds: time.Since(began).Seconds()}
		return err
	})
	return result, err
}

// checkKeys refuses what the engine would, which only answers with a status.
func checkKeys(detach string) error {
	if detach == "" {
		return nil
	}
	if _, err := term.ToBytes(detach); err != nil {
		return core.Errorf(core.KindInvalidArgument, "detach_keys: %q is no sequence of keys, such as ctrl-p,ctrl-q: %w", detach, err)
	}
	return nil
}

// look asks for a container that runs.
func (r *Attacher) look(ctx context.Context, req core.AttachRequest) (*Container, error) {
	info, err := r.session.API.ContainerInspect(ctx, req.Container)
	if err != nil {
		return nil, err
	}
	if err := refusal(req.Container, info); err != nil {
		return nil, err
	}
	config := info.Config
	if req.Stdin && !config.OpenStdin {
		return nil, core.Errorf(core.KindInvalidArgument, "container %s has no stdin: it was made without -i", req.Container)
	}
	stays := !config.StdinOnce || config.Tty
	return &Container{
		ID: info.ID, TTY: config.Tty, Stdin: req.Stdin || req.StdinByOptions && config.OpenStdin && stays, Stdout: true, Stderr: true,
		DetachKeys: req.DetachKeys, InputStays: stays, restarts: info.RestartCount, startedAt: info.State.StartedAt,
	}, nil
}

// refusal returns the error if a container cannot be attached to.
func refusal(name string, info container.InspectResponse) error {
	switch state := info.State; {
	case info.ContainerJSONBase == nil || state == nil || info.Config == nil:
		return core.Errorf(core.KindEngineError, "the engine's description of container %s lacks its state", name)
	case state.Restarting:
		return core.Errorf(core.KindContainerNotRunning, "container %s is about to restart: wait until it runs (wait_until_running)", name)
	case state.Paused:
		return core.Errorf(core.KindContainerNotRunning, "container %s is paused: end that first (unpause_container)", name)
	case !state.Running:
		return core.Errorf(core.KindContainerNotRunning, "container %s does not run: start it first; its log has what it printed (container_logs)", name)
	}
	return nil
}

// newOutput delivers what the container prints from now on.
func (r *Attacher) newOutput(ctx context.Context, c *Container, s core.Streams) (container.WaitResponse, error) {
	var last string
	known := r.session.Retry(ctx, func(ctx context.Context) (err error) {
		last, err = r.lastStamp(ctx, c)
		return err
	})
	if known != nil && (ctx.Err() != nil || session.EngineLost(known)) {
		return container.WaitResponse{}, known
	}
	c.startAfter(last) // not every log can be read, which matters only if the connection is lost
	a, err := r.beginRunning(ctx, c)
	if err != nil {
		return container.WaitResponse{}, err
	}
	defer a.Close()
	if known == nil {
		r.askQuiet(ctx, c, last)
	}
	s.Emit(core.StartedEvent{Event: "started", ContainerID: c.ID, TTY: c.TTY})
	return r.ToEnd(ctx, c, a, s)
}

// beginRunning attaches to a container, and makes sure that it still runs: the engine would wait
// for the next start of one that has ended.
func (r *Attacher) beginRunning(ctx context.Context, c *Container) (a *Attachment, err error) {
	err = r.session.Retry(ctx, func(ctx context.Context) error {
		if a, err = r.Begin(ctx, c, container.WaitConditionNotRunning); err != nil {
			return c.withItsInput(err)
		}
		info, err := r.session.API.ContainerInspect(ctx, c.ID)
		if err == nil {
			err = refusal(c.ID, info)
		}
		if err != nil {
			a.Close()
		}
		return err
	})
	return a, err
}

// withItsInput returns the error of an attachment, which says whether the container's input may
// have ended with it: that cannot be repeated.
func (c *Container) withItsInput(err error) error {
	if !c.HasOneInput() || !session.AnswerLost(err) {
		return err
	}
	return session.Final("the connection to the engine was lost before it answered (%v), and the container has seen the end of its input if it had attached", err).
		With("reason", "input_lost").With("input_bytes", int64(0))
}
