package containersync

import (
	"archive/tar"
	"crypto/sha256"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// archiveList is what an archive has. Nothing in it is checked beyond its form.
type archiveList struct {
	sums    bool // of files
	root    *hostfiles.Entry
	entries []hostfiles.Entry
	at      map[string]int // entries by path
	leaders map[string]string
	sumOf   map[string][]byte
	taken   bounded.Count
}

// add adds an entry with attributes of its own.
func (l *archiveList) add(h *tar.Header, name string, content io.Reader) error {
	e := hostfiles.Entry{
		Path: name, MTime: containerfs.UnixNano(h.ModTime), UID: uint32(h.Uid), GID: uint32(h.Gid), Mode: uint16(h.Mode & 0o7777), Type: containerfs.KindOf(h.FileInfo().Mode()),
	}
	switch h.Typeflag {
	case tar.TypeReg:
		e.Size = h.Size
	case tar.TypeSymlink:
		e.More = &hostfiles.More{Target: h.Linkname}
	}
	if name == "" {
		if e.Type == hostfiles.Folder {
			l.root = &e
		}
		return nil
	}
	if l.sums && h.Typeflag == tar.TypeReg {
		sum := sha256.New()
		if _, err := io.Copy(sum, content); err != nil {
			return err
		}
		l.keepSum(name, sum.Sum(nil))
	}
	return l.append(e)
}

func (l *archiveList) append(e hostfiles.Entry) error {
	l.at[e.Path] = len(l.entries)
	l.entries = append(l.entries, e)
	return l.taken.Add(e.Memory() + len(e.Path))
}

// link adds a further name of a file that the archive had before.
func (l *archiveList) link(name, of string) error {
	i, known := l.at[of]
	if !known || l.entries[i].Type != hostfiles.File {
		return unsafeArchive(name, "is a link to what the archive does not have")
	}
	first := &l.entries[i]
	if first.More == nil {
		first.More = &hostfiles.More{Device: 1, Inode: uint64(i) + 1}
	}
	if l.leaders == nil {
		l.leaders = map[string]string{}
	}
	l.leaders[name] = l.leader(of)
	e := *first
	e.Path = name
	return l.append(e)
}

// leader returns the name that has a file's content in the archive.
func (l *archiveList) leader(name string) string {
	if leader, is := l.leaders[name]; is {
		return leader
	}
	return name
}

func (l *archiveList) keepSum(name string, sum []byte) {
	if l.sumOf == nil {
		l.sumOf = map[string][]byte{}
	}
	l.sumOf[name] = sum
}

func (l *archiveList) sum(name string) []byte { return l.sumOf[l.leader(name)] }
