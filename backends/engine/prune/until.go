package prune

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/filters"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/core"
)

// untilOf returns the time of the filter until; none is zero. An age counts by the engine's clock.
func (p *Prunes) untilOf(ctx context.Context, wanted filters.Args) (time.Time, error) {
	values := wanted.Get("until")
	if len(values) == 0 {
		return time.Time{}, nil
	}
	info, err := p.session.API.Info(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now, err := time.Parse(time.RFC3339Nano, info.SystemTime)
	if err != nil {
		return time.Time{}, core.Errorf(core.KindEngineError, "the engine's time is %q: %w", info.SystemTime, err)
	}
	stamp, err := timetypes.GetTimestamp(values[0], now)
	if err != nil {
		return time.Time{}, err
	}
	seconds, nanoseconds, err := timetypes.ParseTimestamps(stamp, 0)
	return time.Unix(seconds, nanoseconds), err
}
