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
// keeps 256: a very busy one may have forgotten.

// kept is how many events an engine keeps.
const kept = 256

// newsTime is how late an event may come on a busy engine.
const newsTime = 5 * time.Second

// Remembers reports whether the engine has an event of a container since a time by the
// engine's own clock (RFC 3339).
func Remembers(ctx context.Context, s *session.Session, id string, action events.Action, since string) (bool, error) {
	about := filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("container", id),
		filters.Arg("event", string(action)))
	count, err := recall(ctx, s, since, newsTime, about, 1)
	return count > 0, err
}

// recall counts events since a time, up to so many, and waits for news of the last moment.
func recall(ctx context.Context, s *session.Session, since string, wait time.Duration, about filters.Args, most int) (count int, err error) {
	stamp, err := time.Parse(time.RFC3339Nano, since)
	if err != nil {
		return 0, nil
	}
	err = s.Retry(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		info, err := s.Info(ctx)
		if err != nil {
			return err
		}
		now, err := time.Parse(time.RFC3339Nano, info.SystemTime)
		if err != nil {
			return nil
		}
		messages, failed := s.API.Events(ctx, events.ListOptions{
			Since:   strconv.FormatInt(stamp.Add(-newsTime).Unix(), 10),
			Until:   strconv.FormatInt(now.Add(wait).Unix(), 10),
			Filters: about,
		})
		for count = 0; count < most; count++ {
			select {
			case <-messages:
			case err := <-failed:
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
		}
		return nil
	})
	return count, err
}

// Restart is what an engine's memory says about whether it was restarted.
type Restart int

// What is known about a restart.
const (
	NotRestarted   Restart = iota
	Restarted              // it lacks an event, and has forgotten none
	MaybeRestarted         // it has had so many events since then that it would have forgotten that one
)

// RestartedSinceEnd reports whether the engine was restarted since a container's end, so
// that its log may lack what the container wrote last.
func RestartedSinceEnd(ctx context.Context, s *session.Session, id string) (Restart, error) {
	info, err := s.API.ContainerInspect(ctx, id)
	if err != nil || info.State == nil {
		return NotRestarted, err
	}
	return RestartedSince(ctx, s, id, events.ActionDie, info.State.FinishedAt)
}

// RestartedSinceStart reports whether the engine was restarted since a container's start.
func RestartedSinceStart(ctx context.Context, s *session.Session, id string) (Restart, error) {
	info, err := s.API.ContainerInspect(ctx, id)
	if err != nil || info.State == nil {
		return NotRestarted, err
	}
	return RestartedSince(ctx, s, id, events.ActionStart, info.State.StartedAt)
}

// RestartedSince reports whether the engine was restarted since an event of a container, by
// the engine's own clock (RFC 3339).
func RestartedSince(ctx context.Context, s *session.Session, id string, action events.Action, since string) (Restart, error) {
	same, err := Remembers(ctx, s, id, action, since)
	if err != nil || same {
		return NotRestarted, err
	}
	if count, err := recall(ctx, s, since, 0, filters.Args{}, kept); err != nil || count >= kept {
		return MaybeRestarted, err
	}
	return Restarted, nil
}
