package events

import (
	"context"
	"encoding/json"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/core"
)

// keptByEngine is how many events an engine keeps, in its memory.
const keptByEngine = 256

// setBack is how far the engine's clock may be behind what is known of it; more means that it
// was set back, and the order of its events is not known.
const setBack = time.Minute

// clock is what the engine's clock showed.
type clock struct {
	at          time.Time // by the engine
	read        time.Time // by this machine, when it was asked
	answered    time.Time // and when the answer had come
	liveRestore bool
}

// earliest is the least that it can have shown at a time by this machine: it is not known when,
// between question and answer, the engine looked.
func (c clock) earliest(t time.Time) time.Time { return c.at.Add(t.Sub(c.answered)) }

// now is what it shows by now, or a moment later.
func (c clock) now() time.Time { return c.at.Add(time.Since(c.read)) }

func (f *follower) readClock(ctx context.Context) (clock, error) {
	read := time.Now()
	raw, err := f.session.Get(ctx, "/info")
	answered := time.Now()
	if err != nil {
		return clock{}, err
	}
	var info struct {
		SystemTime         time.Time
		LiveRestoreEnabled bool
	}
	if err := json.Unmarshal(raw, &info); err != nil || info.SystemTime.IsZero() {
		return clock{}, core.Errorf(core.KindEngineError, "the engine's description does not say what time it is")
	}
	return clock{info.SystemTime, read, answered, info.LiveRestoreEnabled}, nil
}

// findGap looks whether the engine still has everything since the time up to which nothing is
// missing. What it keeps is without a hole, and belongs to one life of the engine: an
// event from before that time, or one that was read, proves that all later ones are there.
func (f *follower) findGap(ctx context.Context, clock clock) error {
	kept, err := f.kept(ctx, clock.at)
	if err != nil {
		return err
	}
	from := clock.at // from when on the engine has everything
	if len(kept) > 0 {
		from = kept[0].at()
	}
	whole := !from.After(f.known)
	for _, m := range kept {
		whole = whole || f.seen.has(m.raw)
	}
	if !whole && len(kept) < keptByEngine {
		whole, err = f.ranAt(ctx, f.known, clock.liveRestore)
		if err != nil {
			return err
		}
	}
	if whole && !clock.at.Add(setBack).Before(f.known) {
		return nil
	}
	if !f.until.IsZero() && f.until.Before(from) {
		from = f.until
	}
	f.out.missing(core.EventGap{Reason: core.GapNotKept, Since: f.known.UnixNano(), Until: from.UnixNano(), Lost: -1})
	f.known = from
	return nil
}

// kept returns the events of all kinds that the engine has, the oldest first.
func (f *follower) kept(ctx context.Context, until time.Time) ([]message, error) {
	stream, err := f.session.Open(ctx, f.path(time.Unix(0, 0), until, filters.NewArgs()))
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }()
	var kept []message
	err = eachMessage(stream, func(m message) error {
		if kept = append(kept, m); len(kept) > keptByEngine {
			kept = kept[1:]
		}
		return nil
	})
	return kept, err
}

// ranAt reports whether the engine is known to have run at a time, and not to have been restarted
// since. It makes its default network when it starts, unless live-restore keeps that.
func (f *follower) ranAt(ctx context.Context, t time.Time, liveRestore bool) (bool, error) {
	if liveRestore {
		return false, nil
	}
	raw, err := f.session.Get(ctx, "/networks/bridge")
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	var bridge struct{ Created time.Time }
	if err == nil {
		err = json.Unmarshal(raw, &bridge)
	}
	return !bridge.Created.IsZero() && !bridge.Created.After(t), err
}
