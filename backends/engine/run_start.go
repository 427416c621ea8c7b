package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// startedBefore reports whether a start without an answer arrived. If the engine was
// restarted meanwhile, that is an error: the container may have run, although the engine says
// that it never did.
func (e *Engine) startedBefore(ctx context.Context, id string) (bool, error) {
	if err := e.session.AwaitEngine(ctx); err != nil {
		return false, err
	}
	var info container.InspectResponse
	err := e.session.Retry(ctx, func(ctx context.Context) (err error) {
		info, err = e.api.ContainerInspect(ctx, id)
		return err
	})
	if err != nil || info.State == nil {
		return false, err
	}
	if info.State.Status != container.StateCreated {
		return true, nil
	}
	restart, err := containerinfo.RestartedSince(ctx, e.session, id, events.ActionCreate, info.Created)
	if err == nil && restart != containerinfo.NotRestarted {
		err = session.Final("the engine %s while it started container %s: whether the container ran is not known, and it was not started a second time", wasRestarted[restart], containerinfo.ShortID(id))
	}
	return false, err
}

var wasRestarted = map[containerinfo.Restart]string{
	containerinfo.Restarted:      "was restarted",
	containerinfo.MaybeRestarted: "may have been restarted (it has had more events since then than it keeps)",
}
