package engine

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// Remove implements core.Containers. Where somebody else is removing the container,
// it waits for that.
func (e *Engine) Remove(ctx context.Context, req core.RemoveRequest) error {
	return e.blockingOnContainer(ctx, "remove_container", req.Container, nil, func(ctx context.Context, name string) error {
		err := e.api.ContainerRemove(ctx, name, container.RemoveOptions{Force: req.Force, RemoveVolumes: req.Volumes})
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
