package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// Rename implements core.Containers.
func (e *Engine) Rename(ctx context.Context, req core.RenameRequest) error {
	to, invalid := core.ContainerName(req.Name)
	return e.onContainer(ctx, "rename_container", req.Container, invalid, func(ctx context.Context, name string) error {
		return e.api.ContainerRename(ctx, name, to)
	})
}
