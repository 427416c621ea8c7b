package engine

import (
	"context"
	"strconv"

	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImagesPrune implements core.Images. The filters of docker's settings (pruneFilters) apply
// too.
func (e *Engine) ImagesPrune(ctx context.Context, req core.PruneImagesRequest) (core.PruneImagesResult, error) {
	result := core.PruneImagesResult{Untagged: []string{}, Deleted: []string{}}
	wanted, invalid := imagePruneFilters(req)
	err := e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		filterargs.AddSettings(wanted, e.opts.ConfigFile.PruneFilters)
		report, err := e.api.ImagesPrune(ctx, wanted)
		for _, one := range report.ImagesDeleted {
			if one.Deleted != "" {
				result.Deleted = append(result.Deleted, one.Deleted)
			}
			if one.Untagged != "" {
				result.Untagged = append(result.Untagged, one.Untagged)
			}
		}
		result.Reclaimed = report.SpaceReclaimed
		return err
	})
	return result, err
}

func imagePruneFilters(req core.PruneImagesRequest) (filters.Args, error) {
	wanted := filters.NewArgs(filters.Arg("dangling", strconv.FormatBool(!req.All)))
	for key, labels := range map[string][]string{"label": req.Labels, "label!": req.NotLabels} {
		for _, label := range labels {
			wanted.Add(key, label)
		}
	}
	if req.Until != "" {
		wanted.Add("until", req.Until)
	}
	return wanted, filterargs.Check(wanted, "dangling", "label", "label!", "until")
}
