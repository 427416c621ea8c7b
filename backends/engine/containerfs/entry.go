package containerfs

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// unlessMissing returns the errors that do not say that there is nothing at a path.
func unlessMissing(err error) error {
	reason := agent.Reason(err)
	if errors.Is(reason, syscall.ENOENT) || errors.Is(reason, syscall.ENOTDIR) {
		return nil
	}
	return err
}

// archived is a path's archive as it arrives from the engine.
type archived struct {
	stat   container.PathStat
	path   string      // symlinks at its end followed, if that was asked for
	header *tar.Header // nil for a socket, which an archive cannot contain
	*tar.Reader
	body io.ReadCloser
}

// openArchive asks for a path's archive, in one request unless the path is a symlink.
func (f *Files) openArchive(ctx context.Context, name, full string, follow bool) (*archived, error) {
	for range maxInsideLinks {
		body, stat, err := f.session.API.CopyFromContainer(ctx, name, full)
		if err != nil {
			return nil, err
		}
		a := &archived{stat: stat, path: full, body: body}
		if follow && stat.LinkTarget != "" {
			a.close()
			full = linkTarget(full, stat.LinkTarget)
			continue
		}
		if err := a.begin(); err != nil {
			_ = body.Close()
			return nil, err
		}
		return a, nil
	}
	return nil, syscall.ELOOP
}

func (a *archived) begin() (err error) {
	a.Reader = tar.NewReader(a.body)
	if a.stat.Mode&fs.ModeSocket != 0 {
		return nil
	}
	a.header, err = a.Next()
	return noEnd(err)
}

// noEnd is for an archive that ends too early: the connection to the engine was lost.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// keepAlive is how much of an archive is read only to use the connection again, in bytes.
const keepAlive = 64 << 10

func (a *archived) close() {
	_, _ = io.CopyN(io.Discard, a.body, keepAlive)
	_ = a.body.Close()
}

func (f *Files) archivedEntry(ctx context.Context, name, full string, follow bool) (core.FileEntry, error) {
	a, err := f.openArchive(ctx, name, full, follow)
	if err != nil {
		return core.FileEntry{}, err
	}
	defer a.close()
	return a.entry(), nil
}

// entry describes the top of the archive. Only the stat has the exact time.
func (a *archived) entry() core.FileEntry {
	e := core.FileEntry{Type: typeOf(a.stat.Mode), Mode: modeBits(a.stat.Mode), UID: -1, GID: -1}
	if a.header != nil {
		e = describeHeader(a.header)
	}
	e.MTime = UnixNano(a.stat.Mtime)
	return e
}

// describeHeader describes an entry of an archive, without its name.
func describeHeader(h *tar.Header) core.FileEntry {
	info := h.FileInfo()
	e := core.FileEntry{Type: typeOf(info.Mode()), Mode: modeBits(info.Mode()), UID: h.Uid, GID: h.Gid, MTime: UnixNano(h.ModTime)}
	switch h.Typeflag {
	case tar.TypeReg:
		e.Size = h.Size
	case tar.TypeLink:
		e.Type = core.EntryFile
	case tar.TypeSymlink:
		e.LinkTarget = h.Linkname
	}
	return e
}

// UnixNano returns a time, or 0 for one that so many nanoseconds cannot express.
func UnixNano(t time.Time) int64 {
	if first, last := time.Unix(0, -1<<63), time.Unix(0, 1<<63-1); t.Before(first) || t.After(last) {
		return 0
	}
	return t.UnixNano()
}

func typeOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return core.EntryFile
	case mode.IsDir():
		return core.EntryFolder
	case mode&fs.ModeSymlink != 0:
		return core.EntrySymlink
	}
	return core.EntrySpecial
}

// KindOf returns the type of an entry with a mode.
func KindOf(mode fs.FileMode) hostfiles.Type {
	switch typeOf(mode) {
	case core.EntryFile:
		return hostfiles.File
	case core.EntryFolder:
		return hostfiles.Folder
	case core.EntrySymlink:
		return hostfiles.Symlink
	}
	return hostfiles.Special
}

func modeBits(mode fs.FileMode) int {
	bits := int(mode.Perm())
	for bit, of := range map[int]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if mode&of != 0 {
			bits |= bit
		}
	}
	return bits
}

// describe describes an entry of an agent.
func describe(e *hostfiles.Entry) core.FileEntry {
	out := core.FileEntry{
		Path: "/" + e.Path, Name: path.Base(e.Path), Mode: int(e.Mode), UID: int(e.UID), GID: int(e.GID), MTime: e.MTime, LinkTarget: e.Target(),
	}
	switch e.Type {
	case hostfiles.File:
		out.Type, out.Size = core.EntryFile, e.Size
	case hostfiles.Folder:
		out.Type = core.EntryFolder
	case hostfiles.Symlink:
		out.Type = core.EntrySymlink
	default:
		out.Type = core.EntrySpecial
	}
	return out
}
