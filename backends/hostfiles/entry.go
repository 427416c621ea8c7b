package hostfiles

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// Type is the type of an entry.
type Type uint8

// The types. A special is a socket, a device or a FIFO.
const (
	File Type = iota
	Folder
	Symlink
	Special
)

// Entry is one name in a tree. There may be a million, so it is small.
type Entry struct {
	Path     string // from the tree's root, "" for the root itself
	Size     int64
	MTime    int64 // nanoseconds since 1970
	UID, GID uint32
	Mode     uint16 // permission bits with setuid, setgid and sticky
	Type     Type
	// Protected says that a rule excludes it: it is neither sent nor deleted.
	Protected bool
	// More is for the few entries that need it; nil for the others.
	More *More
}

// More is what symlinks and files with several names have.
type More struct {
	Target        string // of a symlink
	Device, Inode uint64 // of a file with several names; 0 if unknown
}

// ModeWithoutOwner returns the mode of an entry that does not get its source's owner: the
// set-id bits of a file would grant somebody else's rights.
func (e *Entry) ModeWithoutOwner() uint16 {
	const setID = 0o6000
	if e.Type == File {
		return e.Mode &^ setID
	}
	return e.Mode
}

// Target returns what a symlink leads to.
func (e *Entry) Target() string {
	if e.More == nil {
		return ""
	}
	return e.More.Target
}

// identity distinguishes files with several names; the zero value is none.
type identity struct{ device, inode uint64 }

// Memory returns how much an entry takes, in bytes.
func (e *Entry) Memory() int {
	size := int(unsafe.Sizeof(*e)) + len(e.Path)
	if e.More != nil {
		size += int(unsafe.Sizeof(*e.More)) + len(e.More.Target)
	}
	return size
}

func (e *Entry) identity() identity {
	if e.Type != File || e.More == nil {
		return identity{}
	}
	return identity{e.More.Device, e.More.Inode}
}

// sameTime compares to the nanosecond, or to the second if one side has no more.
func sameTime(a, b int64) bool {
	if a == b {
		return true
	}
	second := int64(time.Second)
	return (a%second == 0 || b%second == 0) && floor(a, second) == floor(b, second)
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ComparePaths orders a folder before its content, and that before the next name.
func ComparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return cmp.Compare(pathByte(a[i]), pathByte(b[i]))
		}
	}
	return cmp.Compare(len(a), len(b))
}

func pathByte(b byte) byte {
	if b == '/' {
		return 0 // no name has it
	}
	return b
}

// Sort sorts entries in the order of ComparePaths.
func Sort(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return ComparePaths(a.Path, b.Path) })
}

// Join puts a name below a folder of a tree.
func Join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// Split returns an entry's folder and name.
func Split(p string) (folder, name string) {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return "", p
	}
	return p[:i], p[i+1:]
}

// Below reports whether p is in the folder, at any depth.
func Below(p, folder string) bool {
	return folder == "" && p != "" || len(p) > len(folder) && p[len(folder)] == '/' && p[:len(folder)] == folder
}
