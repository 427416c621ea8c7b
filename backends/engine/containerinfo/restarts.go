package containerinfo

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// An engine that was killed does not know everything it did: it believes that a container
// it was about to start never ran, and loses output that containers wrote meanwhile. Its
// events are only in its memory, so one of them proves that it is still the same engine. It
// keeps 256: a very busy one may have forgotten, which counts as restarted.

// newsTime is how late an event may come on a busy engine.
const newsTime = 5 * time.Second

// Remembers reports whether the engine has an event of a container since a time by the
// engine's own clock (RFC 3339).
func Remembers(ctx context.Context, s *session.Session, id string, action events.Action, since string) (bool, error) {
	stamp, err := time.Parse(time.RFC3339Nano, since)
	if err != nil {
		return false, nil
	}
	seen := false
	err = s.Retry(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		info, err := s.API.Info(ctx)
		if err != nil {
			return err
		}
		now, err := time.Parse(time.RFC3339Nano, info.SystemTime)
		if err != nil {
			return nil
		}
		messages, failed := s.API.Events(ctx, events.ListOptions{
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

// RestartedMeanwhile reports whether the engine was restarted since a container's end, so
// that its log may lack what the container wrote last.
func RestartedMeanwhile(ctx context.Context, s *session.Session, id string) (bool, error) {
	info, err := s.API.ContainerInspect(ctx, id)
	if err != nil || info.State == nil {
		return false, err
	}
	same, err := Remembers(ctx, s, id, events.ActionDie, info.State.FinishedAt)
	return !same, err
}
