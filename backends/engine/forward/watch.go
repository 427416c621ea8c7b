package forward

import (
	"context"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// watch returns a channel that gets something whenever the container may have ended or been
// started.
func (f *forwarding) watch(ctx context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	f.do(func() {
		for ctx.Err() == nil {
			f.follow(ctx, changes)
			_ = session.Sleep(ctx, pause)
			_ = f.ports.session.AwaitEngine(ctx)
		}
	})
	return changes
}

// follow follows the engine's events until the connection is lost.
func (f *forwarding) follow(ctx context.Context, changes chan<- struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The engine answers before it listens; it keeps the last 256 events, and Since makes it
	// send them, so that none is missed.
	messages, failed := f.ports.session.API.Events(ctx, events.ListOptions{Since: "1", Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("container", f.keeper.container()),
		filters.Arg("event", string(events.ActionStart)),
		filters.Arg("event", string(events.ActionDie)),
		filters.Arg("event", string(events.ActionDestroy)),
	)})
	for {
		select {
		case changes <- struct{}{}:
		default: // one is waiting already
		}
		select {
		case <-messages:
		case <-failed:
			return
		}
	}
}
