package engine

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/filters"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImagesPrune implements core.Images. The filters of docker's settings (pruneFilters) apply
// too.
func (e *Engine) ImagesPrune(ctx context.Context, req core.PruneImagesRequest) (core.PruneImagesResult, error) {
	result := core.PruneImagesResult{Untagged: []string{}, Deleted: []string{}}
	wanted, invalid := pruneFilters(req)
	err := e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		addSettings(wanted, req, e.opts.ConfigFile.PruneFilters)
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

func pruneFilters(req core.PruneImagesRequest) (filters.Args, error) {
	wanted := filters.NewArgs(filters.Arg("dangling", strconv.FormatBool(!req.All)))
	for key, labels := range map[string][]string{"label": req.Labels, "label!": req.NotLabels} {
		for _, label := range labels {
			if name, _, _ := strings.Cut(label, "="); name == "" {
				return wanted, core.Errorf(core.KindInvalidArgument, "%q is not a label: it must be NAME or NAME=VALUE", label)
			}
			wanted.Add(key, label)
		}
	}
	if req.Until != "" {
		if _, err := timetypes.GetTimestamp(req.Until, time.Now()); err != nil {
			return wanted, core.Errorf(core.KindInvalidArgument, "%q is neither a time nor an age (24h, for example): %w", req.Until, err)
		}
		wanted.Add("until", req.Until)
	}
	return wanted, nil
}

// addSettings adds the filters of docker's settings, except for those that the request
// contradicts. (Docker's CLI 28.5.2 drops any label among them.)
func addSettings(wanted filters.Args, req core.PruneImagesRequest, settings []string) {
	contradicted := map[string][]string{"label": req.NotLabels, "label!": req.Labels}
	for _, filter := range settings {
		key, value, ok := strings.Cut(filter, "=")
		if !ok || key == "until" && req.Until != "" || slices.Contains(contradicted[key], value) {
			continue
		}
		wanted.Add(key, value)
	}
}
