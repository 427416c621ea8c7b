package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Start implements core.Containers. Starting a running container succeeds.
func (e *Engine) Start(ctx context.Context, req core.ContainerRequest) error {
	return e.session.Perform(ctx, session.Operation{Container: &req.Container}, func(ctx context.Context) error {
		start := func(ctx context.Context) error {
			return e.api.ContainerStart(ctx, req.Container, container.StartOptions{})
		}
		// One that has ended meanwhile may have run before: a second start would run it twice.
		return e.session.Once(ctx, start, func(ctx context.Context) (bool, error) {
			info, err := e.api.ContainerInspect(ctx, req.Container)
			if err != nil || info.State == nil {
				return false, err
			}
			if info.State.Status != container.StateCreated {
				return info.State.Running, nil
			}
			same, err := containerinfo.Remembers(ctx, e.session, info.ID, events.ActionCreate, info.Created)
			if err != nil || !same {
				return false, err
			}
			return true, start(ctx)
		})
	})
}
