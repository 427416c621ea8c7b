package localfiles

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"

	"github.com/tonistiigi/fsutil"

	"github.com/proboscis/ml_nexus_go/core"
)

// Files of a context may change while they are sent. If one grows, perhaps faster than it
// is sent, the engine gets what it contained when it was opened.

// limited is an open file of at most a size.
type limited struct {
	io.Reader
	io.Closer
}

// atMost limits a file to the size it has now.
func atMost(file io.ReadCloser) io.ReadCloser {
	known, ok := file.(iofs.File)
	if !ok {
		return file
	}
	info, err := known.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return file
	}
	return limited{io.LimitReader(file, info.Size()), file}
}

// HeaderSizes is a folder for a tar archive: its files have the size in their headers.
// fsutil.WriteTar opens a file right after visiting it.
type HeaderSizes struct {
	fsutil.FS
	path string
	size int64
}

// Walk implements fsutil.FS.
func (h *HeaderSizes) Walk(ctx context.Context, target string, fn iofs.WalkDirFunc) error {
	return h.FS.Walk(ctx, target, func(path string, entry iofs.DirEntry, err error) error {
		if err == nil {
			info, err := entry.Info()
			if err != nil {
				return err
			}
			h.path, h.size = path, info.Size()
		}
		return fn(path, entry, err)
	})
}

// Open implements fsutil.FS.
func (h *HeaderSizes) Open(path string) (io.ReadCloser, error) {
	file, err := h.FS.Open(path)
	if err != nil || path != h.path {
		return file, err
	}
	return limited{&exactly{from: file, path: path, left: h.size}, file}, nil
}

// exactly reads so many bytes, or fails.
type exactly struct {
	from io.Reader
	path string
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.from.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = core.Errorf(core.KindConflict, "%s of the context got shorter while it was sent: build again when nothing writes there", e.path).
			With("path", e.path)
	}
	return n, err
}
