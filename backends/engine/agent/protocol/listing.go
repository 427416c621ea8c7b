package protocol

import (
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// listing is a folder's entries as they come. One that takes too much is dropped: its
// frames are still read, so that the calls beside it go on.
type listing struct {
	entries []hostfiles.Entry
	taken   bounded.Count
	failed  *core.Error
}

func newListing() listing {
	return listing{taken: bounded.Count{What: "the list of a folder's names", Limit: bounded.Limit}}
}

// add takes the entries of one frame, whose payload is recycled.
func (l *listing) add(part []byte) {
	defer recycle(part)
	for r := (reader{part}); len(r.rest) > 0 && l.failed == nil; {
		e := r.entry()
		if err := l.taken.Add(e.Memory()); err != nil {
			l.entries, l.failed = nil, bounded.TooLarge(l.taken.What, l.taken.Limit)
			return
		}
		l.entries = append(l.entries, e)
	}
}
