package engine

import (
	"context"
	"io"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// WaitUntilRunning implements core.Containers. The container need not exist yet.
func (e *Engine) WaitUntilRunning(ctx context.Context, req core.ContainerRequest) error {
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Long: true, Repeat: true}, func(ctx context.Context) error {
		state, err := containerinfo.State(ctx, e.api, req.Container)
		if err != nil || state.Running {
			return err
		}
		return e.awaitRunning(ctx, req.Container)
	})
}

func (e *Engine) awaitRunning(ctx context.Context, name string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The engine answers before it listens; it keeps the last 256 events, and Since makes
	// it send them, so that none is missed.
	messages, failed := e.api.Events(ctx, events.ListOptions{Since: "1", Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("container", name),
		filters.Arg("event", string(events.ActionStart)),
		filters.Arg("event", string(events.ActionUnPause)),
		filters.Arg("event", string(events.ActionRename)),
	)})
	for {
		state, err := containerinfo.State(ctx, e.api, name)
		if err != nil || state.Running {
			return err
		}
		select {
		case <-messages:
		case err := <-failed:
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		case <-ctx.Done():
			return core.ContextError(ctx, "")
		}
	}
}
