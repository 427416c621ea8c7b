package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerUpdate implements core.Containers. It sets values, so that it may be repeated.
func (e *Engine) ContainerUpdate(ctx context.Context, req core.ContainerUpdateRequest) (result core.ContainerUpdateResult, err error) {
	update, invalid := cliopts.ParseUpdate(req.Options)
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		if err := e.checkVersions(ctx, update.Needs); err != nil {
			return err
		}
		response, err := e.api.ContainerUpdate(ctx, req.Container, update.Config)
		result.Warnings = append([]string{}, response.Warnings...) // nil would be null in JSON, not a list
		return err
	})
	return result, err
}
