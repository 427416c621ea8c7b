package engine

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// An engine that was killed does not know everything it did: it believes that a container
// it was about to start never ran, and loses output that containers wrote meanwhile. Its
// events are only in its memory, so one of them proves that it is still the same engine. It
// keeps 256: a very busy one may have forgotten, which counts as restarted.

// newsTime is how late an event may come on a busy engine.
const newsTime = 5 * time.Second

// remembers reports whether the engine has an event of a container since a time by the
// engine's own clock (RFC 3339).
func (e *Engine) remembers(ctx context.Context, id string, action events.Action, since string) (bool, error) {
	stamp, err := time.Parse(time.RFC3339Nano, since)
	if err != nil {
		return false, nil
	}
	seen := false
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		info, err := e.api.Info(ctx)
		if err != nil {
			return err
		}
		now, err := time.Parse(time.RFC3339Nano, info.SystemTime)
		if err != nil {
			return nil
		}
		messages, failed := e.api.Events(ctx, events.ListOptions{
			Since: strconv.FormatInt(stamp.Add(-newsTime).Unix(), 10), Until: strconv.FormatInt(now.Add(newsTime).Unix(), 10),
			Filters: filters.NewArgs(
				filters.Arg("type", string(events.ContainerEventType)),
				filters.Arg("container", id),
				filters.Arg("event", string(action))),
		})
		select {
		case <-messages:
			seen = true
			return nil
		case err := <-failed:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	})
	return seen, err
}

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
	same, err := e.remembers(ctx, id, events.ActionCreate, info.Created)
	if err == nil && !same {
		err = session.Final("the engine was restarted while it started container %s: whether the container ran is not known, and it was not started a second time", containerinfo.ShortID(id))
	}
	return false, err
}

// restartedMeanwhile reports whether the engine was restarted since a container's end, so
// that its log may lack what the container wrote last.
func (e *Engine) restartedMeanwhile(ctx context.Context, id string) (bool, error) {
	info, err := e.api.ContainerInspect(ctx, id)
	if err != nil || info.State == nil {
		return false, err
	}
	same, err := e.remembers(ctx, id, events.ActionDie, info.State.FinishedAt)
	return !same, err
}

var outputMayLack = core.WarningEvent{Event: "warning", Message: "the engine was restarted while the container ran: " +
	"what the container wrote meanwhile may be missing from its output and from its log"}
