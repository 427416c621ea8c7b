package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Wait implements core.Containers.
func (e *Engine) Wait(ctx context.Context, req core.ContainerRequest) (result core.WaitResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Long: true, Repeat: true}, func(ctx context.Context) error {
		exited, failed := e.api.ContainerWait(ctx, req.Container, container.WaitConditionNotRunning)
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
			return core.ContextError(ctx, "")
		}
	})
	return result, err
}
