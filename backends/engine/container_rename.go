package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Rename implements core.Containers.
func (e *Engine) Rename(ctx context.Context, req core.RenameRequest) error {
	to, invalid := core.ContainerName(req.Name)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid}, func(ctx context.Context) error {
		rename := func(ctx context.Context) error { return e.api.ContainerRename(ctx, req.Container, to) }
		return e.session.Once(ctx, rename, func(ctx context.Context) (bool, error) {
			old, err := containerinfo.State(ctx, e.api, req.Container)
			if err != nil {
				return false, err
			}
			now, err := containerinfo.State(ctx, e.api, to)
			if err != nil || (now.Exists && (!old.Exists || old.ID == now.ID)) {
				return now.Exists, err
			}
			return true, rename(ctx) // not done yet: do it now, or get the error why not
		})
	})
}
