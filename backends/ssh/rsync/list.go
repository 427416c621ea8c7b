package rsync

import (
	"slices"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Flags of an entry.
const (
	isTopDir       = 1 << 0
	sameMode       = 1 << 1
	extended       = 1 << 2
	sameUID        = 1 << 3
	sameGID        = 1 << 4
	sameName       = 1 << 5
	longName       = 1 << 6
	sameTime       = 1 << 7
	isHardLink     = 1 << 9
	firstHardLink  = 1 << 12
	hasNanoseconds = 1 << 13

	maxShared = 255 // bytes of the previous name that are reused
	maxShort  = 255 // length of a name in one byte
)

// sortEntries sorts entries in the order in which both sides number them.
func sortEntries(entries []hostfiles.Entry) { slices.SortFunc(entries, hostfiles.CompareAsRsync) }

// listWriter encodes entries one after the other.
type listWriter struct {
	hardLinks bool
	owner     bool
	sums      func(e *hostfiles.Entry) []byte // with checksums, of each file

	before  hostfiles.Entry // whose attributes the next entry need not repeat
	name    string
	started bool
	leaders map[[2]uint64]int32
	count   int32
}

func (w *listWriter) append(b []byte, e *hostfiles.Entry) []byte {
	ndx := w.count
	w.count++
	name := e.Path
	flags := w.flags(e)
	if name == "" {
		name = "."
		flags |= isTopDir
	}
	leader := int32(-1)
	if w.hardLinks && e.Type == hostfiles.File && e.More != nil {
		flags |= isHardLink
		id := [2]uint64{e.More.Device, e.More.Inode}
		if first, known := w.leaders[id]; known {
			leader = first
		} else {
			if w.leaders == nil {
				w.leaders = map[[2]uint64]int32{}
			}
			w.leaders[id] = ndx
			flags |= firstHardLink
		}
	}
	b = w.appendName(b, name, flags)
	if leader >= 0 {
		return appendVarint(b, uint32(leader))
	}
	return w.appendAttributes(b, e, flags)
}

func (w *listWriter) flags(e *hostfiles.Entry) uint32 {
	var flags uint32
	if w.started {
		if wireMode(e) == wireMode(&w.before) {
			flags |= sameMode
		}
		if e.UID == w.before.UID {
			flags |= sameUID
		}
		if e.GID == w.before.GID {
			flags |= sameGID
		}
		if seconds(e.MTime) == seconds(w.before.MTime) {
			flags |= sameTime
		}
	}
	if nanoseconds(e.MTime) != 0 {
		flags |= hasNanoseconds
	}
	w.before, w.started = *e, true
	return flags
}

func (w *listWriter) appendName(b []byte, name string, flags uint32) []byte {
	shared := 0
	for shared < maxShared && shared < len(name) && shared < len(w.name) && name[shared] == w.name[shared] {
		shared++
	}
	w.name = name
	rest := name[shared:]
	if shared > 0 {
		flags |= sameName
	}
	if len(rest) > maxShort {
		flags |= longName
	}
	if flags == 0 {
		flags = extended // 0 ends the list
	}
	b = appendVarint(b, flags)
	if shared > 0 {
		b = append(b, byte(shared))
	}
	if len(rest) > maxShort {
		b = appendVarint(b, uint32(len(rest)))
	} else {
		b = append(b, byte(len(rest)))
	}
	return append(b, rest...)
}

func (w *listWriter) appendAttributes(b []byte, e *hostfiles.Entry, flags uint32) []byte {
	b = appendVarlong(b, wireSize(e), 3)
	if flags&sameTime == 0 {
		b = appendVarlong(b, seconds(e.MTime), 4)
	}
	if flags&hasNanoseconds != 0 {
		b = appendVarint(b, uint32(nanoseconds(e.MTime)))
	}
	if flags&sameMode == 0 {
		b = appendInt(b, int32(wireMode(e)))
	}
	if w.owner && flags&sameUID == 0 {
		b = appendVarint(b, e.UID)
	}
	if w.owner && flags&sameGID == 0 {
		b = appendVarint(b, e.GID)
	}
	if e.Type == hostfiles.Symlink {
		b = appendVarint(b, uint32(len(e.Target())))
		b = append(b, e.Target()...)
	}
	if w.sums != nil && e.Type == hostfiles.File {
		b = append(b, w.sums(e)...)
	}
	return b
}

// appendEnd ends the list. An incomplete list makes the receiver delete nothing.
func appendEnd(b []byte, incomplete bool) []byte {
	b = append(b, 0)
	if incomplete {
		return append(b, 1)
	}
	return append(b, 0)
}

func wireMode(e *hostfiles.Entry) uint32 {
	switch e.Type {
	case hostfiles.Folder:
		return 0o040000 | uint32(e.Mode)
	case hostfiles.Symlink:
		return 0o120000 | uint32(e.Mode)
	case hostfiles.Special: // any kind: the receiver skips it, and does not delete what has its name
		return 0o010000 | uint32(e.Mode)
	}
	return 0o100000 | uint32(e.Mode)
}

func wireSize(e *hostfiles.Entry) int64 {
	if e.Type == hostfiles.Symlink {
		return int64(len(e.Target()))
	}
	return e.Size
}

func seconds(t int64) int64 {
	s := t / int64(time.Second)
	if t%int64(time.Second) < 0 {
		s--
	}
	return s
}

func nanoseconds(t int64) int64 { return t - seconds(t)*int64(time.Second) }
