package engine

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

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
