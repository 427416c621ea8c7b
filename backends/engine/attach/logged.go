package attach

import (
	"context"
	"io"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// allOutput delivers the output from the log's beginning on. All of it comes from the log: where
// an attached stream would follow on a log cannot be told.
func (r *Attacher) allOutput(ctx context.Context, c *Container, s core.Streams) (response container.WaitResponse, err error) {
	c.asLogged = true
	ctx, refuse := context.WithCancelCause(ctx)
	defer refuse(nil)
	if c.Stdin {
		only := *c
		only.Stdout, only.Stderr = false, false
		a, err := r.beginRunning(ctx, &only)
		if err != nil {
			return response, err
		}
		defer a.Close()
		r.feed(ctx, &only, a, s, refuse)
	}
	s.Emit(core.StartedEvent{Event: "started", ContainerID: c.ID, TTY: c.TTY})
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	response.StatusCode, err = r.reattach(ctx, c, out, errOut, s.Emit, nil)
	if err != nil && ctx.Err() != nil {
		err = core.ContextError(ctx, "")
	}
	return response, err
}

// feed moves the caller's input to the container. If its stream breaks, end ends what else goes
// on, unless the input was not used.
func (r *Attacher) feed(ctx context.Context, c *Container, a *Attachment, s core.Streams, end context.CancelCauseFunc) {
	input := streams.TrackInput(s.Stdin)
	input.Confirm(ctx, a.delivered(r.session))
	pumped := streams.Pumping(ctx, a.stream, c.TTY, core.Streams{Stdin: c.endless(ctx, input)})
	guard.Go(func() {
		if err := <-pumped; err != nil && ctx.Err() == nil && session.EngineLost(err) {
			if err := c.withoutInput(ctx, input, s.Emit, err, end); err != nil {
				end(err)
			}
		}
	}, nil)
}

// endless returns an input that does not end the attached stream with its own end: engines
// close a container's outputs, too, where its input stays open.
func (c *Container) endless(ctx context.Context, input *streams.Input) io.Reader {
	if !c.InputStays {
		return input.Reader()
	}
	return streams.Unending(ctx, input.Reader())
}

// withoutInput returns the error if an input was cut off from a container, and warns if that
// cannot be excluded. One that was not used is refused from now on, by end.
func (c *Container) withoutInput(ctx context.Context, input *streams.Input, warn func(any), cause error, end context.CancelCauseFunc) error {
	cut := input.Cut(cause)
	if message := input.Doubt(); cut == nil && message != "" {
		warn(core.WarningEvent{Event: "warning", Message: message})
	}
	if cut == nil || !c.InputStays {
		return cut
	}
	select {
	case <-input.Used():
		return cut
	default:
	}
	guard.Go(func() {
		select {
		case <-input.Used():
			end(cut)
		case <-ctx.Done():
		}
	}, nil)
	return nil
}
