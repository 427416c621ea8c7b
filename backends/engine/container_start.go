package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// Start implements core.Containers. A container that runs is fine.
func (e *Engine) Start(ctx context.Context, req core.ContainerRequest) error {
	return e.onContainer(ctx, "start_container", req.Container, nil, func(ctx context.Context, name string) error {
		return e.api.ContainerStart(ctx, name, container.StartOptions{})
	})
}
