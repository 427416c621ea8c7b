package prune

import (
	"context"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/core"
)

// NetworksPrune implements core.Prunes.
func (p *Prunes) NetworksPrune(ctx context.Context, req core.NetworksPruneRequest) (core.NetworksPruneResult, error) {
	k := p.networks(req.DryRun)
	k.filters, k.known = req.Filters, []string{"label", "label!", "until"}
	return perform(ctx, p, k)
}

func (p *Prunes) networks(dryRun bool) kind[core.NetworksPruneResult] {
	return kind[core.NetworksPruneResult]{dryRun: dryRun, find: p.unusedNetworks, remove: p.pruneNetworks}
}

func (p *Prunes) pruneNetworks(ctx context.Context, wanted filters.Args) (core.NetworksPruneResult, error) {
	report, err := p.session.API.NetworksPrune(ctx, wanted)
	return core.NetworksPruneResult{Networks: append([]string{}, report.NetworksDeleted...)}, err
}

// unusedNetworks finds the networks of this host that no container has an address in. A list
// does not say which have none.
func (p *Prunes) unusedNetworks(ctx context.Context, wanted filters.Args) (core.NetworksPruneResult, error) {
	result := core.NetworksPruneResult{Networks: []string{}}
	list, err := p.session.API.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("type", "custom"), filters.Arg("scope", "local"))})
	if err != nil {
		return result, err
	}
	until, err := p.untilOf(ctx, wanted)
	if err != nil {
		return result, err
	}
	for _, one := range list {
		if one.ConfigOnly || !until.IsZero() && one.Created.After(until) || !filterargs.HasLabels(wanted, one.Labels) {
			continue
		}
		now, err := p.session.API.NetworkInspect(ctx, one.ID, network.InspectOptions{})
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return result, err
		}
		if len(now.Containers) == 0 && len(now.Services) == 0 {
			result.Networks = append(result.Networks, one.Name)
		}
	}
	slices.Sort(result.Networks)
	return result, nil
}
