package prune

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImagesPrune implements core.Prunes.
func (p *Prunes) ImagesPrune(ctx context.Context, req core.PruneImagesRequest) (core.PruneImagesResult, error) {
	k := imagePrune{Prunes: p, all: req.All}.kind(req.DryRun)
	k.filters, k.invalid = imageFilters(req)
	k.known = []string{"label", "label!", "until"}
	return perform(ctx, p, k)
}

// imageFilters has all filters of a request.
func imageFilters(req core.PruneImagesRequest) (map[string][]string, error) {
	wanted := maps.Clone(req.Filters)
	if wanted == nil {
		wanted = map[string][]string{}
	}
	for key, values := range map[string][]string{"label": req.Labels, "label!": req.NotLabels} {
		if len(values) > 0 {
			wanted[key] = slices.Concat(wanted[key], values)
		}
	}
	if req.Until != "" {
		wanted["until"] = append(slices.Clone(wanted["until"]), req.Until)
	}
	if _, given := wanted["dangling"]; given {
		return wanted, core.Errorf(core.KindInvalidArgument, "whether images with names go is an argument of its own (dangling=), not a filter")
	}
	return wanted, nil
}

// imagePrune removes images without names, or all that no container has. Containers that are
// gone count as removed: a dry run only.
type imagePrune struct {
	*Prunes
	all  bool
	gone map[string]bool
}

func (i imagePrune) kind(dryRun bool) kind[core.PruneImagesResult] {
	return kind[core.PruneImagesResult]{dryRun: dryRun, find: i.find, remove: i.remove}
}

func (i imagePrune) remove(ctx context.Context, wanted filters.Args) (core.PruneImagesResult, error) {
	wanted = wanted.Clone()
	wanted.Add("dangling", strconv.FormatBool(!i.all))
	report, err := i.session.API.ImagesPrune(ctx, wanted)
	result := core.PruneImagesResult{Untagged: []string{}, Deleted: []string{}, Reclaimed: report.SpaceReclaimed}
	for _, one := range report.ImagesDeleted {
		if one.Deleted != "" {
			result.Deleted = append(result.Deleted, one.Deleted)
		}
		if one.Untagged != "" {
			result.Untagged = append(result.Untagged, one.Untagged)
		}
	}
	return result, err
}

// find goes by the rules of the store that the engine has.
func (i imagePrune) find(ctx context.Context, wanted filters.Args) (core.PruneImagesResult, error) {
	containerd, err := imageinfo.ContainerdStore(ctx, i.info)
	if err != nil {
		return core.PruneImagesResult{}, err
	}
	if containerd {
		return i.inContainerd(ctx, wanted)
	}
	return i.inLayers(ctx, wanted)
}

// users lists all containers that count.
func (i imagePrune) users(ctx context.Context) ([]container.Summary, error) {
	all, err := i.session.API.ContainerList(ctx, container.ListOptions{All: true})
	return slices.DeleteFunc(all, func(one container.Summary) bool { return i.gone[one.ID] }), err
}
