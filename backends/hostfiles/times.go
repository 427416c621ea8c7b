package hostfiles

import (
	"fmt"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// TimeRange are the times that a way can keep, in nanoseconds since 1970.
type TimeRange struct{ First, Last int64 }

// Clamp returns the nearest time that can be kept.
func (r *TimeRange) Clamp(t int64) int64 {
	if r == nil {
		return t
	}
	return min(max(t, r.First), r.Last)
}

// noteClamped reports once for all entries of a plan that their times are not kept.
func (r *TimeRange) noteClamped(p *Plan, issues *Issues) {
	first, count := "", 0
	note := func(i int) {
		if e := &p.Source[i]; e.Type != Symlink && r.Clamp(e.MTime) != e.MTime {
			if count++; count == 1 {
				first = e.Path
			}
		}
	}
	for _, i := range p.Send {
		note(i)
	}
	for _, i := range p.Make {
		note(i)
	}
	for _, pair := range p.Touch {
		note(pair.Index)
	}
	if count > 0 {
		issues.Add(first, core.IssueTime, fmt.Sprintf("the times of %d paths are outside of %d to %d, and the nearest that can be kept was set",
			count, time.Unix(0, r.First).UTC().Year(), time.Unix(0, r.Last).UTC().Year()))
	}
}
