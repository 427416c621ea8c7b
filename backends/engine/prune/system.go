package prune

import (
	"context"
	"fmt"
	"strings"

	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/volumes"
	"github.com/proboscis/ml_nexus_go/core"
)

// SystemPrune implements core.Prunes. Its kinds are pruned one after the other, in docker's
// order; a failure says what was removed before.
func (p *Prunes) SystemPrune(ctx context.Context, req core.SystemPruneRequest) (result core.SystemPruneResult, err error) {
	wanted, invalid := filterargs.ForPrune(req.Filters, p.settings, "label", "label!", "until")
	if invalid == nil && req.Volumes && wanted.Contains("until") {
		invalid = core.Errorf(core.KindInvalidArgument, "volumes cannot be filtered by until: leave out volumes, or the filter (also in docker's settings)")
	}
	operation := session.Operation{Invalid: invalid, Long: true, Repeat: req.DryRun}
	err = p.session.Perform(ctx, operation, func(ctx context.Context) error {
		if req.Volumes && !volumes.KnowsAnonymous(p.session.API) {
			return core.Errorf(core.KindInvalidArgument, "this engine (API %s) does not know which volumes are anonymous: leave out volumes, and call prune_volumes(all=True)",
				p.session.API.ClientVersion())
		}
		result = nothingPruned()
		return p.pruneSystem(ctx, req, wanted, &result)
	})
	return result, err
}

func (p *Prunes) pruneSystem(ctx context.Context, req core.SystemPruneRequest, wanted filters.Args, result *core.SystemPruneResult) error {
	gone := map[string]bool{}
	for _, step := range []struct {
		name  string
		prune func() error
	}{
		{"containers", func() error {
			err := into(&result.Containers)(p.containers(req.DryRun).do(ctx, p, wanted))
			for _, id := range result.Containers.Deleted {
				gone[id] = true
			}
			return err
		}},
		{"networks", func() error { return into(&result.Networks)(p.networks(req.DryRun).do(ctx, p, wanted)) }},
		{"volumes", func() error {
			if !req.Volumes {
				return nil
			}
			return into(&result.Volumes)(volumePrune{p, false, gone}.kind(req.DryRun).do(ctx, p, wanted))
		}},
		{"images", func() error {
			return into(&result.Images)(imagePrune{p, req.All, gone}.kind(req.DryRun).do(ctx, p, wanted))
		}},
		{"build cache", func() error {
			if !filterargs.HasLabels(wanted, nil) { // it has none
				return nil
			}
			c := cachePrune{p, core.BuildCachePruneRequest{All: req.All, DryRun: req.DryRun}}
			return into(&result.BuildCache)(c.kind().do(ctx, p, onlyUntil(wanted)))
		}},
	} {
		if err := step.prune(); err != nil {
			return failedAt(ctx, step.name, err, *result)
		}
	}
	return nil
}

// into keeps the result of a prune.
func into[Result any](place *Result) func(Result, error) error {
	return func(result Result, err error) error {
		if err == nil {
			*place = result
		}
		return err
	}
}

func onlyUntil(wanted filters.Args) filters.Args {
	only := filters.NewArgs()
	for _, value := range wanted.Get("until") {
		only.Add("until", value)
	}
	return only
}

// failedAt adds to an error what had been removed before.
func failedAt(ctx context.Context, what string, err error, done core.SystemPruneResult) error {
	failed := *session.Translate(ctx, err)
	failed.Message = fmt.Sprintf("pruning %s: %s; %s", what, failed.Message, summary(done))
	details := map[string]any{"pruned": done}
	for key, value := range failed.Details {
		details[key] = value
	}
	failed.Details = details
	return &failed
}

func summary(done core.SystemPruneResult) string {
	var parts []string
	for _, one := range []struct {
		count int
		what  string
	}{
		{len(done.Containers.Deleted), "containers"}, {len(done.Networks.Networks), "networks"}, {len(done.Volumes.Volumes), "volumes"},
		{len(done.Images.Deleted) + len(done.Images.Untagged), "images and names"},
	} {
		if one.count > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", one.what, one.count))
		}
	}
	if len(parts) == 0 {
		return "nothing had been removed"
	}
	return "removed before: " + strings.Join(parts, ", ")
}

func nothingPruned() core.SystemPruneResult {
	return core.SystemPruneResult{
		Containers: core.PruneContainersResult{Deleted: []string{}},
		Networks:   core.NetworksPruneResult{Networks: []string{}},
		Volumes:    core.VolumesPruneResult{Volumes: []string{}},
		Images:     core.PruneImagesResult{Untagged: []string{}, Deleted: []string{}},
		BuildCache: core.BuildCachePruneResult{Deleted: []string{}},
	}
}
