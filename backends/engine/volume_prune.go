package engine

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// VolumesPrune implements core.Volumes. It is not asked for twice: the second answer would
// not have what the first request removed.
func (e *Engine) VolumesPrune(ctx context.Context, req core.VolumesPruneRequest) (core.VolumesPruneResult, error) {
	result := core.VolumesPruneResult{Volumes: []string{}}
	wanted, invalid := filterargs.ForPrune(req.Filters, e.opts.ConfigFile.PruneFilters, "label", "label!")
	operation := session.Operation{Invalid: invalid, Long: true, Repeat: req.DryRun}
	err := e.session.Perform(ctx, operation, func(ctx context.Context) error {
		if !req.All && !e.knowsAnonymous() {
			return core.Errorf(core.KindInvalidArgument,
				"this engine (API %s) does not know which volumes are anonymous, and would remove those with names, too: allow that (all=True), or update it to API %s",
				e.api.ClientVersion(), anonymousSince)
		}
		return session.Alone(ctx, func(ctx context.Context) error {
			if req.DryRun {
				return e.unusedVolumes(ctx, wanted, req.All, &result)
			}
			return e.session.Once(ctx, func(ctx context.Context) error { return e.pruneVolumes(ctx, wanted, req.All, &result) }, nil)
		})
	})
	return result, err
}

func (e *Engine) pruneVolumes(ctx context.Context, wanted filters.Args, all bool, result *core.VolumesPruneResult) error {
	if all && e.knowsAnonymous() { // other engines do not know the filter, and remove all
		wanted = wanted.Clone()
		wanted.Add("all", "true")
	}
	report, err := e.api.VolumesPrune(ctx, wanted)
	result.Volumes = append(result.Volumes, report.VolumesDeleted...)
	result.Reclaimed = report.SpaceReclaimed
	return err
}

// unusedVolumes finds what a prune would remove, by the engine's own rule: volumes of the
// local driver that have no options.
func (e *Engine) unusedVolumes(ctx context.Context, wanted filters.Args, all bool, result *core.VolumesPruneResult) error {
	usage, err := e.api.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.VolumeObject}})
	if err != nil {
		return err
	}
	for _, one := range usage.Volumes {
		if !prunable(one, wanted, all) {
			continue
		}
		result.Volumes = append(result.Volumes, one.Name)
		result.Reclaimed += uint64(max(one.UsageData.Size, 0)) // -1: not known
	}
	return nil
}

func prunable(one *volume.Volume, wanted filters.Args, all bool) bool {
	if one.Driver != "local" || len(one.Options) > 0 {
		return false
	}
	if one.UsageData == nil || one.UsageData.RefCount != 0 || !filterargs.HasLabels(wanted, one.Labels) {
		return false
	}
	_, anonymous := one.Labels[labelAnonymous]
	return all || anonymous
}
