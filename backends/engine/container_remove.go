package engine

import (
	"context"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Remove implements core.Containers. If somebody else is removing the container, it waits
// for that.
func (e *Engine) Remove(ctx context.Context, req core.RemoveRequest) error {
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Long: true}, func(ctx context.Context) error {
		to := signalled{container: req.Container, deadly: true}
		if !req.Force {
			to.after = -1
		}
		return e.signalling(ctx, to, func(ctx context.Context) error {
			return e.remove(ctx, req.Container, container.RemoveOptions{Force: req.Force, RemoveVolumes: req.Volumes})
		})
	})
}

// remove removes a container, through lost connections.
func (e *Engine) remove(ctx context.Context, name string, options container.RemoveOptions) error {
	asked := 0
	return e.session.Retry(ctx, func(ctx context.Context) error {
		err := e.api.ContainerRemove(ctx, name, options)
		if asked++; asked > 1 && cerrdefs.IsNotFound(err) {
			return nil // by the request whose answer was lost
		}
		if !removalUnderWay(err) {
			return err
		}
		removed, failed := e.api.ContainerWait(ctx, name, container.WaitConditionRemoved)
		select {
		case <-removed:
			return nil
		case err := <-failed:
			if cerrdefs.IsNotFound(err) {
				return nil
			}
			return err
		}
	})
}

func removalUnderWay(err error) bool {
	return err != nil && strings.Contains(err.Error(), "is already in progress")
}
