package prune

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/volumes"
	"github.com/proboscis/ml_nexus_go/core"
)

// VolumesPrune implements core.Prunes.
func (p *Prunes) VolumesPrune(ctx context.Context, req core.VolumesPruneRequest) (core.VolumesPruneResult, error) {
	v := volumePrune{Prunes: p, all: req.All}
	return perform(ctx, p, kind[core.VolumesPruneResult]{
		filters: req.Filters, known: []string{"label", "label!"}, dryRun: req.DryRun,
		find: v.find, remove: v.remove,
	})
}

// volumePrune removes anonymous volumes, or all.
type volumePrune struct {
	*Prunes
	all bool
}

func (v volumePrune) check() error {
	if v.all || volumes.KnowsAnonymous(v.session.API) {
		return nil
	}
	return core.Errorf(core.KindInvalidArgument,
		"this engine (API %s) does not know which volumes are anonymous, and would remove those with names, too: allow that (all=True), or update it to API %s",
		v.session.API.ClientVersion(), volumes.AnonymousSince)
}

func (v volumePrune) remove(ctx context.Context, wanted filters.Args) (core.VolumesPruneResult, error) {
	if err := v.check(); err != nil {
		return core.VolumesPruneResult{}, err
	}
	if v.all && volumes.KnowsAnonymous(v.session.API) { // other engines do not know the filter, and remove all
		wanted = wanted.Clone()
		wanted.Add("all", "true")
	}
	report, err := v.session.API.VolumesPrune(ctx, wanted)
	return core.VolumesPruneResult{Volumes: append([]string{}, report.VolumesDeleted...), Reclaimed: report.SpaceReclaimed}, err
}

// find lists volumes of the local driver that have no options.
func (v volumePrune) find(ctx context.Context, wanted filters.Args) (core.VolumesPruneResult, error) {
	result := core.VolumesPruneResult{Volumes: []string{}}
	if err := v.check(); err != nil {
		return result, err
	}
	usage, err := v.session.API.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.VolumeObject}})
	if err != nil {
		return result, err
	}
	for _, one := range usage.Volumes {
		if !v.prunable(one, wanted) {
			continue
		}
		result.Volumes = append(result.Volumes, one.Name)
		result.Reclaimed += uint64(max(one.UsageData.Size, 0)) // -1: not known
	}
	return result, nil
}

func (v volumePrune) prunable(one *volume.Volume, wanted filters.Args) bool {
	if one.Driver != "local" || len(one.Options) > 0 {
		return false
	}
	if one.UsageData == nil || one.UsageData.RefCount != 0 || !filterargs.HasLabels(wanted, one.Labels) {
		return false
	}
	_, anonymous := one.Labels[volumes.LabelAnonymous]
	return v.all || anonymous
}
