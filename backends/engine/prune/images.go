package prune

import (
	"context"
	"strconv"

	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/core"
)

// ImagesPrune implements core.Prunes.
func (p *Prunes) ImagesPrune(ctx context.Context, req core.PruneImagesRequest) (core.PruneImagesResult, error) {
	return perform(ctx, p, kind[core.PruneImagesResult]{
		filters: imageFilters(req), known: []string{"dangling", "label", "label!", "until"}, remove: p.pruneImages,
	})
}

func imageFilters(req core.PruneImagesRequest) map[string][]string {
	wanted := map[string][]string{"dangling": {strconv.FormatBool(!req.All)}}
	for key, values := range map[string][]string{"label": req.Labels, "label!": req.NotLabels} {
		if len(values) > 0 {
			wanted[key] = values
		}
	}
	if req.Until != "" {
		wanted["until"] = []string{req.Until}
	}
	return wanted
}

func (p *Prunes) pruneImages(ctx context.Context, wanted filters.Args) (core.PruneImagesResult, error) {
	report, err := p.session.API.ImagesPrune(ctx, wanted)
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
