package attach

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Attachment is an attached stream, and the wait for the container's end. Of a run that was
// begun before the start, so that no end is missed.
type Attachment struct {
	stream   types.HijackedResponse
	exited   <-chan container.WaitResponse
	failed   <-chan error
	stopWait context.CancelFunc
}

// Close ends the stream, and the wait for the container.
func (a *Attachment) Close() {
	a.stopWait()
	if a.stream.Conn != nil {
		a.stream.Close()
	}
}

// delivered returns a function that waits until all that was sent has arrived.
func (a *Attachment) delivered(s *session.Session) func(ctx context.Context) error {
	return func(ctx context.Context) error { return s.Delivered(ctx, a.stream.Conn) }
}

// Begin attaches to a container, and begins to wait for its end. It sends both requests at once:
// over a slow line that saves a round trip.
func (r *Attacher) Begin(ctx context.Context, c *Container, until container.WaitCondition) (*Attachment, error) {
	waitCtx, stopWait := context.WithCancel(ctx)
	a := &Attachment{stopWait: stopWait}
	waiting := make(chan struct{})
	guard.Go(func() {
		defer close(waiting)
		a.exited, a.failed = r.session.API.ContainerWait(waitCtx, c.ID, until)
	}, nil)
	stream, err := session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return r.session.API.ContainerAttach(ctx, c.ID, container.AttachOptions{
			Stream: true, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr, DetachKeys: c.DetachKeys,
		})
	})
	<-waiting
	if err != nil {
		a.Close()
		return nil, err
	}
	a.stream = stream
	return a, nil
}

// await waits for the container's end and the streams'. When a stream breaks, or
// its reader fails, the end is not waited for, and detach ends the reading. When the wait is lost
// with its line, the streams are: the line may have brought more than their reader has taken.
func (a *Attachment) await(ctx context.Context, pumped <-chan error, detach func()) (response container.WaitResponse, err error) {
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
		detach()
		<-streams
	}
	if err == nil {
		err = lost
	}
	return response, err
}
