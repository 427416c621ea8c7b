package hostfiles

import "slices"

// PlanOptions say what counts as different.
type PlanOptions struct {
	Delete, HardLinks bool
	// Owner compares owner and group, if the way can set them.
	Owner bool
	// SymlinkTimes compares symlinks' times, if the way can set them.
	SymlinkTimes bool
	// SameContent, if set, compares files of the same size and alone decides; nil trusts
	// equal times.
	SameContent func(source, have *Entry) bool
	// Times are those that the destination can express; nil means all.
	Times *TimeRange
}

// Plan is what makes a destination equal to a source. Indices are into Source.
type Plan struct {
	Source []Entry // sorted
	Have   []Entry // the destination, sorted
	// Clear is what is in the way and has another type: done first.
	Clear []Removal
	// Make are new folders, parents first.
	Make []int
	// Send are files with content to send, Symlinks new ones; both may replace.
	Send, Symlinks []int
	// Links are further names of files: done after Send.
	Links []HardLink
	// Touch are files and symlinks of which only the attributes differ.
	Touch []Pair
	// Delete is what the source lacks.
	Delete []Removal
	// Folders may need attributes, children first: done last.
	Folders []Pair
	// Unchanged are files neither read nor sent; Bytes is the content to send.
	Unchanged, Bytes int64
}

// Removal is one name; with Recurse, a folder and its content.
type Removal struct {
	Path              string
	IsFolder, Recurse bool
}

// HardLink makes the name of Index one of the file of Leader.
type HardLink struct{ Index, Leader int }

// Pair is an entry of the source and what the destination has, -1 for nothing.
type Pair struct{ Index, Have int }

// MakePlan compares two sorted lists. It ignores what the destination has below a folder
// that the source lacks; Protected entries there are left alone.
func MakePlan(source, have []Entry, opts PlanOptions) *Plan {
	p := &planner{Plan: Plan{Source: source, Have: have}, opts: opts, leaders: map[identity]*linked{}}
	i, j := 0, 0
	for i < len(source) || j < len(have) {
		order := -1
		if i == len(source) {
			order = 1
		} else if j < len(have) {
			order = ComparePaths(source[i].Path, have[j].Path)
		}
		switch {
		case order < 0:
			p.add(i, -1)
			i++
		case order == 0:
			p.add(i, j)
			i, j = i+1, j+1
			if source[i-1].Type != Folder {
				j = skipBelow(have, j, have[j-1].Path)
			}
		default:
			p.lacking(&have[j])
			j = skipBelow(have, j+1, have[j].Path)
		}
	}
	p.addLinked()
	slices.Reverse(p.Folders)
	return &p.Plan
}

func skipBelow(entries []Entry, i int, folder string) int {
	for i < len(entries) && Below(entries[i].Path, folder) {
		i++
	}
	return i
}

type planner struct {
	Plan
	opts    PlanOptions
	linked  []linked // files with several names
	leaders map[identity]*linked
}

// linked is one name of a file that has several.
type linked struct {
	Pair
	obstructed bool // a folder is in its way, and may stay there
	replaced   bool // it gets new content, and so a new identity
}

func (p *planner) lacking(have *Entry) {
	if p.opts.Delete && !have.Protected {
		p.Delete = append(p.Delete, Removal{Path: have.Path, IsFolder: have.Type == Folder, Recurse: true})
	}
}

// add plans one entry of the source; j is the destination's entry, or -1.
func (p *planner) add(i, j int) {
	e := &p.Source[i]
	if e.Type == Special || e.Protected {
		return
	}
	var old *Entry
	obstructed := false
	if j >= 0 {
		old = &p.Have[j]
		if (e.Type == Folder) != (old.Type == Folder) {
			p.Clear = append(p.Clear, Removal{Path: e.Path, IsFolder: old.Type == Folder, Recurse: p.opts.Delete})
			obstructed = old.Type == Folder
			old, j = nil, -1
		}
	}
	switch e.Type {
	case Folder:
		if old == nil {
			p.Make = append(p.Make, i)
		}
		p.Folders = append(p.Folders, Pair{i, j})
	case Symlink:
		switch {
		case old == nil || old.Type != Symlink || old.Target() != e.Target():
			p.Symlinks = append(p.Symlinks, i)
		case p.differs(e, old):
			p.Touch = append(p.Touch, Pair{i, j})
		}
	case File:
		if p.opts.HardLinks && e.identity() != (identity{}) {
			p.linked = append(p.linked, linked{Pair: Pair{i, j}, obstructed: obstructed})
			return
		}
		p.addFile(i, j, old)
	}
}

// addFile reports whether content is sent.
func (p *planner) addFile(i, j int, old *Entry) (sent bool) {
	e := &p.Source[i]
	switch {
	case !p.sameContent(e, old):
		p.Send = append(p.Send, i)
		p.Bytes += e.Size
		return true
	case p.differs(e, old):
		p.Touch = append(p.Touch, Pair{i, j})
	}
	p.Unchanged++
	return false
}

// addLinked plans files with several names: one name leads, the others become links to it.
func (p *planner) addLinked() {
	for i := range p.linked {
		one := &p.linked[i]
		id := p.Source[one.Index].identity()
		if first := p.leaders[id]; first == nil || p.leads(one, first) {
			p.leaders[id] = one
		}
	}
	for i := range p.linked {
		one := &p.linked[i]
		if p.leaderOf(one) != one {
			continue
		}
		var old *Entry
		if one.Have >= 0 {
			old = &p.Have[one.Have]
		}
		one.replaced = p.addFile(one.Index, one.Have, old)
	}
	for i := range p.linked {
		if one := &p.linked[i]; p.leaderOf(one) != one {
			p.addLink(one)
		}
	}
}

func (p *planner) leaderOf(one *linked) *linked { return p.leaders[p.Source[one.Index].identity()] }

// leads reports whether a leads rather than b: as with rsync, the first that the destination
// has as a file, so that a further name of an existing file sends nothing.
func (p *planner) leads(a, b *linked) bool {
	if ra, rb := p.rank(a), p.rank(b); ra != rb {
		return ra < rb
	}
	return CompareAsRsync(p.Source[a.Index], p.Source[b.Index]) < 0
}

func (p *planner) rank(one *linked) int {
	switch {
	case one.obstructed:
		return 2
	case one.Have < 0 || p.Have[one.Have].Type != File:
		return 1
	}
	return 0
}

func (p *planner) addLink(one *linked) {
	first := p.leaderOf(one)
	if one.Have >= 0 && first.Have >= 0 && !first.replaced {
		id := p.Have[one.Have].identity()
		if id != (identity{}) && id == p.Have[first.Have].identity() {
			p.Unchanged++
			return
		}
	}
	p.Links = append(p.Links, HardLink{one.Index, first.Index})
}

func (p *planner) sameContent(e, old *Entry) bool {
	switch {
	case old == nil || old.Type != File || old.Size != e.Size:
		return false
	case p.opts.SameContent != nil:
		return p.opts.SameContent(e, old)
	}
	return p.sameTime(e, old)
}

func (p *planner) sameTime(e, old *Entry) bool {
	return sameTime(p.opts.Times.Clamp(e.MTime), old.MTime)
}

// differs reports whether the attributes of two entries of the same type differ.
func (p *planner) differs(e, old *Entry) bool {
	if p.opts.Owner && (e.UID != old.UID || e.GID != old.GID) {
		return true
	}
	if e.Type == Symlink {
		return p.opts.SymlinkTimes && !p.sameTime(e, old)
	}
	return e.Mode != old.Mode || !p.sameTime(e, old)
}
