package prune

import (
	"context"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainersPrune implements core.Prunes.
func (p *Prunes) ContainersPrune(ctx context.Context, req core.PruneContainersRequest) (core.PruneContainersResult, error) {
	k := p.containers(req.DryRun)
	k.filters, k.known = req.Filters, []string{"until", "label", "label!"}
	return perform(ctx, p, k)
}

func (p *Prunes) containers(dryRun bool) kind[core.PruneContainersResult] {
	return kind[core.PruneContainersResult]{dryRun: dryRun, find: p.endedContainers, remove: p.pruneContainers}
}

func (p *Prunes) pruneContainers(ctx context.Context, wanted filters.Args) (core.PruneContainersResult, error) {
	report, err := p.session.API.ContainersPrune(ctx, wanted)
	return core.PruneContainersResult{Deleted: append([]string{}, report.ContainersDeleted...), Reclaimed: report.SpaceReclaimed}, err
}

// endedContainers finds those that do not run, and are not about to.
func (p *Prunes) endedContainers(ctx context.Context, wanted filters.Args) (core.PruneContainersResult, error) {
	result := core.PruneContainersResult{Deleted: []string{}}
	until, err := p.untilOf(ctx, wanted)
	if err != nil {
		return result, err
	}
	ended := filters.NewArgs()
	for _, state := range []container.ContainerState{container.StateCreated, container.StateExited, container.StateDead} {
		ended.Add("status", string(state))
	}
	for _, label := range wanted.Get("label") {
		ended.Add("label", label)
	}
	found, err := p.session.API.ContainerList(ctx, container.ListOptions{All: true, Filters: ended})
	for _, one := range found {
		if !filterargs.HasLabels(wanted, one.Labels) || !until.IsZero() && time.Unix(one.Created, 0).After(until) {
			continue
		}
		size, err := p.sizeOf(ctx, one.ID)
		if isGone(err) {
			continue
		}
		if err != nil {
			return result, err
		}
		result.Deleted = append(result.Deleted, one.ID)
		result.Reclaimed += uint64(max(size, 0))
	}
	return result, err
}

// sizeOf returns the bytes of a container's own files. A list with sizes would do for all
// containers at once, but engines with containerd's store refuse it while any one is removed.
func (p *Prunes) sizeOf(ctx context.Context, id string) (int64, error) {
	info, _, err := p.session.API.ContainerInspectWithRaw(ctx, id, true)
	if err != nil || info.SizeRw == nil {
		return 0, err
	}
	return *info.SizeRw, nil
}

// isGone reports whether the engine has removed a container, or at least its files.
func isGone(err error) bool {
	return cerrdefs.IsNotFound(err) || err != nil && strings.Contains(err.Error(), "snapshot not found")
}
