package prune

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/volumes"
	"github.com/proboscis/ml_nexus_go/core"
)

// VolumesPrune implements core.Prunes.
func (p *Prunes) VolumesPrune(ctx context.Context, req core.VolumesPruneRequest) (core.VolumesPruneResult, error) {
	k := volumePrune{Prunes: p, all: req.All}.kind(req.DryRun)
	k.filters, k.known = req.Filters, []string{"label", "label!"}
	return perform(ctx, p, k)
}

// volumePrune removes anonymous volumes, or all. Containers that are gone count as removed: a
// dry run only.
type volumePrune struct {
	*Prunes
	all  bool
	gone map[string]bool
}

func (v volumePrune) kind(dryRun bool) kind[core.VolumesPruneResult] {
	return kind[core.VolumesPruneResult]{dryRun: dryRun, find: v.find, remove: v.remove}
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
	freed, err := v.freed(ctx)
	if err != nil {
		return result, err
	}
	for _, one := range usage.Volumes {
		if !v.prunable(one, wanted, freed[one.Name]) {
			continue
		}
		result.Volumes = append(result.Volumes, one.Name)
		result.Reclaimed += uint64(max(one.UsageData.Size, 0)) // -1: not known
	}
	return result, nil
}

func (v volumePrune) prunable(one *volume.Volume, wanted filters.Args, freed int64) bool {
	if one.Driver != "local" || len(one.Options) > 0 {
		return false
	}
	if one.UsageData == nil || one.UsageData.RefCount != freed || !filterargs.HasLabels(wanted, one.Labels) {
		return false
	}
	_, anonymous := one.Labels[volumes.LabelAnonymous]
	return v.all || anonymous
}

// freed counts the containers that are gone and have a volume, by its name.
func (v volumePrune) freed(ctx context.Context) (map[string]int64, error) {
	if len(v.gone) == 0 {
		return nil, nil
	}
	freed := map[string]int64{}
	all, err := v.session.API.ContainerList(ctx, container.ListOptions{All: true})
	for _, one := range all {
		names := map[string]bool{}
		for _, mount := range one.Mounts {
			names[mount.Name] = v.gone[one.ID]
		}
		for name, gone := range names {
			if gone {
				freed[name]++
			}
		}
	}
	return freed, err
}
