package prune

import (
	"context"
	"encoding/json"
	"time"

	"github.com/docker/docker/api/types/filters"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/core"
)

// untilOf returns the time of the filter until; none is zero. An age counts by the engine's clock.
func (p *Prunes) untilOf(ctx context.Context, wanted filters.Args) (time.Time, error) {
	if !wanted.Contains("until") {
		return time.Time{}, nil
	}
	until, _, err := p.untilAndNow(ctx, wanted)
	return until, err
}

// untilAndNow returns the time of the filter until, and that of the engine's clock.
func (p *Prunes) untilAndNow(ctx context.Context, wanted filters.Args) (until, now time.Time, err error) {
	info, err := p.session.Info(ctx)
	if err != nil {
		return until, now, err
	}
	now, err = time.Parse(time.RFC3339Nano, info.SystemTime)
	if err != nil {
		return until, now, core.Errorf(core.KindEngineError, "the engine's time is %q: %w", info.SystemTime, err)
	}
	stamp, err := timetypes.GetTimestamp(wanted.Get("until")[0], now)
	if err != nil {
		return until, now, err
	}
	seconds, nanoseconds, err := timetypes.ParseTimestamps(stamp, 0)
	return time.Unix(seconds, nanoseconds), now, err
}

// info returns the engine's description of itself.
func (p *Prunes) info(ctx context.Context) (json.RawMessage, error) {
	return p.session.Get(ctx, "/info")
}
