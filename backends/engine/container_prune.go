package engine

import (
	"context"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainersPrune implements core.Containers. Filters of docker's settings (pruneFilters) count
// as well.
func (e *Engine) ContainersPrune(ctx context.Context, req core.PruneContainersRequest) (result core.PruneContainersResult, err error) {
	wanted, invalid := filterargs.ForPrune(req.Filters, e.opts.ConfigFile.PruneFilters, "until", "label", "label!")
	operation := session.Operation{Invalid: invalid, Long: true, Repeat: req.DryRun}
	err = e.session.Perform(ctx, operation, func(ctx context.Context) error {
		if req.DryRun {
			result, err = e.wouldPrune(ctx, wanted)
			return err
		}
		return e.session.Once(ctx, func(ctx context.Context) error {
			report, err := e.api.ContainersPrune(ctx, wanted)
			result.Deleted, result.Reclaimed = append([]string{}, report.ContainersDeleted...), report.SpaceReclaimed
			return err
		}, nil)
	})
	return result, err
}

// wouldPrune lists what a prune would remove, by the engine's rules.
func (e *Engine) wouldPrune(ctx context.Context, wanted filters.Args) (core.PruneContainersResult, error) {
	result := core.PruneContainersResult{Deleted: []string{}}
	until, err := e.untilOf(ctx, wanted)
	if err != nil {
		return result, err
	}
	ended := filters.NewArgs()
	for _, state := range []container.ContainerState{container.StateCreated, container.StateExited, container.StateDead} {
		ended.Add("status", string(state))
	}
	for _, label := range wanted.Get("label") {
		ended.Add("label", label)
	}
	found, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: ended})
	for _, one := range found {
		if !filterargs.HasLabels(wanted, one.Labels) || !until.IsZero() && time.Unix(one.Created, 0).After(until) {
			continue
		}
		size, err := e.sizeOf(ctx, one.ID)
		if isGone(err) {
			continue
		}
		if err != nil {
			return result, err
		}
		result.Deleted = append(result.Deleted, one.ID)
		result.Reclaimed += uint64(max(size, 0))
	}
	return result, err
}

// sizeOf returns the bytes of a container's own files. A list with sizes would do for all
// containers at once, but engines with containerd's store refuse it while any one is removed.
func (e *Engine) sizeOf(ctx context.Context, id string) (int64, error) {
	info, _, err := e.api.ContainerInspectWithRaw(ctx, id, true)
	if err != nil || info.SizeRw == nil {
		return 0, err
	}
	return *info.SizeRw, nil
}

// isGone reports whether the engine has removed a container, or at least its files.
func isGone(err error) bool {
	return cerrdefs.IsNotFound(err) || err != nil && strings.Contains(err.Error(), "snapshot not found")
}

// untilOf returns the time of the filter until; none is zero. An age counts by the engine's clock.
func (e *Engine) untilOf(ctx context.Context, wanted filters.Args) (time.Time, error) {
	values := wanted.Get("until")
	if len(values) == 0 {
		return time.Time{}, nil
	}
	info, err := e.api.Info(ctx)
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
