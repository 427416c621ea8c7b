package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// Wait implements core.Containers.
func (e *Engine) Wait(ctx context.Context, req core.ContainerRequest) (result core.WaitResult, err error) {
	err = e.retriedOnContainer(ctx, "wait_container", req.Container, nil, func(ctx context.Context, name string) error {
		exited, failed := e.api.ContainerWait(ctx, name, container.WaitConditionNotRunning)
		select {
		case response := <-exited:
			if response.Error != nil {
				return core.Errorf(core.KindEngineError, "%s", response.Error.Message)
			}
			result.ExitCode = int(response.StatusCode)
			return nil
		case err := <-failed:
			return err
		case <-ctx.Done():
			return contextError(ctx)
		}
	})
	return result, err
}
