package engine

import (
	"context"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// NetworksPrune implements core.Networks. It is not asked for twice: the second answer would
// not have what the first request removed.
func (e *Engine) NetworksPrune(ctx context.Context, req core.NetworksPruneRequest) (core.NetworksPruneResult, error) {
	result := core.NetworksPruneResult{Networks: []string{}}
	wanted, invalid := filterargs.ForPrune(req.Filters, e.opts.ConfigFile.PruneFilters, "label", "label!", "until")
	operation := session.Operation{Invalid: invalid, Long: true, Repeat: req.DryRun}
	err := e.session.Perform(ctx, operation, func(ctx context.Context) error {
		return session.Alone(ctx, func(ctx context.Context) (err error) {
			if req.DryRun {
				result.Networks, err = e.unusedNetworks(ctx, wanted)
				return err
			}
			return e.session.Once(ctx, func(ctx context.Context) error {
				report, err := e.api.NetworksPrune(ctx, wanted)
				result.Networks = append([]string{}, report.NetworksDeleted...)
				return err
			}, nil)
		})
	})
	return result, err
}

// unusedNetworks finds what a prune would remove, by the engine's own rule: networks of this
// host that no container has an address in. A list does not say which have none.
func (e *Engine) unusedNetworks(ctx context.Context, wanted filters.Args) ([]string, error) {
	names := []string{}
	list, err := e.api.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("type", "custom"), filters.Arg("scope", "local"))})
	if err != nil {
		return nil, err
	}
	until, err := e.untilOf(ctx, wanted)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		if one.ConfigOnly || !until.IsZero() && one.Created.After(until) || !filterargs.HasLabels(wanted, one.Labels) {
			continue
		}
		now, err := e.api.NetworkInspect(ctx, one.ID, network.InspectOptions{})
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(now.Containers) == 0 && len(now.Services) == 0 {
			names = append(names, one.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}
