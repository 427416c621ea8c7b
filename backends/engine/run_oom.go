package engine

import (
	"context"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// endedFromOutside finds out who ended a container by a signal: the kernel, for lack of
// memory, or an engine that is about to exit itself.
func (e *Engine) endedFromOutside(ctx context.Context, spec *runSpec, code int64) (oomKilled bool, err error) {
	info, err := e.api.ContainerInspect(ctx, spec.ID)
	if err != nil {
		if session.EngineLost(err) && core.KindOf(err) != core.KindConnectionLost && e.session.AwaitEngine(ctx) == nil {
			return false, e.TookItWithIt(ctx, &spec.Container, code)
		}
		return false, nil
	}
	switch {
	case info.State == nil:
		return false, nil
	case info.State.OOMKilled:
		return true, nil
	}
	limited := info.HostConfig != nil && info.HostConfig.Memory > 0
	return code == 137 && limited && e.toldOfOOM(ctx, info), nil
}

// oomNewsTime is how late the engine's out-of-memory event may come after the end of the
// container. containerd sends the two separately
// (https://github.com/containerd/containerd/pull/12714); on a machine with thirty containers
// ending at once the event was up to 1.2 s late. Only for a container that has a memory
// limit, and that something else killed, do we wait that long.
const oomNewsTime = 3 * time.Second

// toldOfOOM reports whether the engine has sent an out-of-memory event since the container's
// start.
func (e *Engine) toldOfOOM(ctx context.Context, info container.InspectResponse) bool {
	ctx, cancel := context.WithTimeout(ctx, oomNewsTime)
	defer cancel()
	news, failed := e.api.Events(ctx, events.ListOptions{Since: sinceStart(info), Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("container", info.ID),
		filters.Arg("event", string(events.ActionOOM)),
	)})
	select {
	case <-news:
		return true
	case <-failed:
		return false
	}
}

// sinceStart returns the container's start by the engine's own clock, in the form of events.
func sinceStart(info container.InspectResponse) string {
	started, err := time.Parse(time.RFC3339Nano, info.State.StartedAt)
	if err != nil {
		return "1"
	}
	return strconv.FormatInt(started.Unix(), 10)
}
