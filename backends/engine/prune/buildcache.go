package prune

import (
	"context"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/core"
)

// cacheFilters are those of the engine's POST /build/prune that have an effect: it accepts
// others, which match nothing (inuse, private, shared), or are ignored (label).
var cacheFilters = []string{"description", "id", "type", "until"}

// keepsByUse is the API version that knows MaxUsed and MinFree.
const keepsByUse = "1.48"

// BuildCachePrune implements core.Prunes.
func (p *Prunes) BuildCachePrune(ctx context.Context, req core.BuildCachePruneRequest) (core.BuildCachePruneResult, error) {
	c := cachePrune{p, req}
	k := c.kind()
	k.filters, k.known, k.invalid = req.Filters, cacheFilters, c.invalid()
	return perform(ctx, p, k)
}

// cachePrune is one prune of the build cache.
type cachePrune struct {
	*Prunes
	core.BuildCachePruneRequest
}

func (c cachePrune) kind() kind[core.BuildCachePruneResult] {
	return kind[core.BuildCachePruneResult]{dryRun: c.DryRun, find: c.find, remove: c.remove}
}

func (c cachePrune) invalid() error {
	for name, bytes := range map[string]int64{"keep_storage": c.KeepStorage, "max_used": c.MaxUsed, "min_free": c.MinFree} {
		if bytes < 0 {
			return core.Errorf(core.KindInvalidArgument, "%s is %d: it must be a number of bytes, 0 or more", name, bytes)
		}
	}
	for name, values := range c.Filters {
		if len(values) > 1 {
			return core.Errorf(core.KindInvalidArgument, "the filter %s is given %d times: build cache takes each once", name, len(values))
		}
	}
	if c.DryRun && c.MinFree > 0 {
		return core.Errorf(core.KindInvalidArgument, "what min_free removes depends on the engine's disk when it does: a dry run cannot know it")
	}
	return nil
}

// check refuses what an older engine would ignore, and remove everything.
func (c cachePrune) check() error {
	if have := c.session.API.ClientVersion(); (c.MaxUsed > 0 || c.MinFree > 0) && versions.LessThan(have, keepsByUse) {
		return core.Errorf(core.KindInvalidArgument, "max_used and min_free need API version %s, but this engine's is %s: use keep_storage", keepsByUse, have)
	}
	return nil
}

func (c cachePrune) remove(ctx context.Context, wanted filters.Args) (core.BuildCachePruneResult, error) {
	if err := c.check(); err != nil {
		return core.BuildCachePruneResult{}, err
	}
	wanted, err := c.withAge(ctx, wanted)
	if err != nil {
		return core.BuildCachePruneResult{}, err
	}
	options := build.CachePruneOptions{
		All: c.All, Filters: wanted, ReservedSpace: c.KeepStorage, MaxUsedSpace: c.MaxUsed, MinFreeSpace: c.MinFree,
	}
	if versions.LessThan(c.session.API.ClientVersion(), keepsByUse) {
		options.KeepStorage, options.ReservedSpace = c.KeepStorage, 0
	}
	report, err := c.session.API.BuildCachePrune(ctx, options)
	if err != nil {
		return core.BuildCachePruneResult{}, err
	}
	return core.BuildCachePruneResult{Deleted: append([]string{}, report.CachesDeleted...), Reclaimed: report.SpaceReclaimed}, nil
}

// withAge makes an age of the time until: older engines take nothing else.
func (c cachePrune) withAge(ctx context.Context, wanted filters.Args) (filters.Args, error) {
	given := wanted.Get("until")
	if len(given) == 0 {
		return wanted, nil
	}
	if _, err := time.ParseDuration(given[0]); err == nil {
		return wanted, nil
	}
	until, now, err := c.untilAndNow(ctx, wanted)
	wanted = wanted.Clone()
	wanted.Del("until", given[0])
	wanted.Add("until", max(now.Sub(until), 0).String())
	return wanted, err
}

func (c cachePrune) find(ctx context.Context, wanted filters.Args) (core.BuildCachePruneResult, error) {
	result := core.BuildCachePruneResult{Deleted: []string{}}
	if err := c.check(); err != nil {
		return result, err
	}
	until, err := c.untilOf(ctx, wanted)
	if err != nil {
		return result, err
	}
	usage, err := c.session.API.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{types.BuildCacheObject}})
	if err != nil {
		return result, err
	}
	rules := cacheRules{all: c.All, keep: max(c.KeepStorage, c.MaxUsed), until: until}
	if err := rules.setFilters(wanted); err != nil {
		return result, err
	}
	for _, one := range rules.prune(usage.BuildCache) {
		result.Deleted = append(result.Deleted, one.ID)
		result.Reclaimed += uint64(max(one.Size, 0))
	}
	return result, nil
}

// usedAfter reports whether a record was used after a time; zero means never.
func usedAfter(one *build.CacheRecord, until time.Time) bool {
	return !until.IsZero() && one.LastUsedAt != nil && one.LastUsedAt.After(until)
}
