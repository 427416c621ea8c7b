package prune

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/core"
)

// cacheRules are BuildKit's: what it removes of its cache, and in which order. A record with
// another one on top of it goes only after that.
type cacheRules struct {
	all     bool
	keep    int64 // bytes; 0 keeps none
	until   time.Time
	id      *regexp.Regexp
	exactly map[string]string // by the names of filters
}

func (r *cacheRules) setFilters(wanted filters.Args) (err error) {
	r.exactly = map[string]string{}
	for _, key := range wanted.Keys() {
		value := wanted.Get(key)[0]
		switch key {
		case "until":
		case "id":
			if r.id, err = regexp.Compile(value); err != nil {
				return core.Errorf(core.KindInvalidArgument, "the filter id is a regular expression, which %q is not: %w", value, err)
			}
		default:
			r.exactly[key] = value
		}
	}
	return nil
}

// prune returns what would be removed.
func (r *cacheRules) prune(records []*build.CacheRecord) (removed []*build.CacheRecord) {
	var total int64
	users := map[string]int{}
	for _, one := range records {
		if !one.Shared {
			total += one.Size
		}
		for _, parent := range parentsOf(one) {
			users[parent]++
		}
	}
	left := slices.Clone(records)
	for r.keep == 0 || total >= r.keep {
		var free []*build.CacheRecord
		for _, one := range left {
			if users[one.ID] == 0 && r.may(one) {
				free = append(free, one)
			}
		}
		if len(free) == 0 {
			break
		}
		if r.keep > 0 {
			sortByUse(free)
			free = free[:1]
		}
		for _, one := range free {
			total -= one.Size
			removed = append(removed, one)
			for _, parent := range parentsOf(one) {
				users[parent]--
			}
		}
		left = slices.DeleteFunc(left, func(one *build.CacheRecord) bool { return slices.Contains(free, one) })
	}
	return removed
}

// may reports whether a record that nothing is on top of may be removed.
func (r *cacheRules) may(one *build.CacheRecord) bool {
	if one.InUse || usedAfter(one, r.until) || r.id != nil && !r.id.MatchString(one.ID) {
		return false
	}
	if !r.all && (one.Shared || one.Type == "internal" || one.Type == "frontend") {
		return false
	}
	for key, has := range map[string]string{"type": one.Type, "description": one.Description} {
		if value, is := r.exactly[key]; is && value != has {
			return false
		}
	}
	return true
}

func parentsOf(one *build.CacheRecord) []string {
	//lint:ignore SA1019 engines before API 1.42 have no other
	if len(one.Parents) == 0 && one.Parent != "" {
		//lint:ignore SA1019 as above
		return []string{one.Parent}
	}
	return one.Parents
}

// sortByUse brings to the front what was used rarely and long ago, as BuildKit weighs it.
func sortByUse(records []*build.CacheRecord) {
	used := func(one *build.CacheRecord) time.Time {
		if one.LastUsedAt == nil {
			return time.Time{}
		}
		return *one.LastUsedAt
	}
	recent := rank(records, func(a, b *build.CacheRecord) int { return used(a).Compare(used(b)) })
	often := rank(records, func(a, b *build.CacheRecord) int { return cmp.Compare(a.UsageCount, b.UsageCount) })
	slices.SortStableFunc(records, func(a, b *build.CacheRecord) int {
		return cmp.Compare(recent[a]+often[a], recent[b]+often[b])
	})
}

// rank gives each record its place in an order, as a part of the last place. Equal ones have
// the same; the first is that of what was never used.
func rank(records []*build.CacheRecord, order func(a, b *build.CacheRecord) int) map[*build.CacheRecord]float64 {
	places, place, last := map[*build.CacheRecord]float64{}, 1.0, &build.CacheRecord{}
	for _, one := range slices.SortedStableFunc(slices.Values(records), order) {
		if order(last, one) != 0 {
			place++
		}
		places[one], last = place, one
	}
	for one := range places {
		places[one] /= place
	}
	return places
}
