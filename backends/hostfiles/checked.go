package hostfiles

import (
	"context"
	"fmt"
	"io"
	"path"

	"github.com/proboscis/ml_nexus_go/core"
)

// checked is a remote side's file system. Everything that side sends passes through here,
// for every way and every call: a name must be its folder and one safe element, and an
// answer must match the request. So a lying side reaches only what the caller named.
type checked struct{ FileSystem }

var (
	_ Expecter = checked{}
	_ Putter   = checkedTree{}
	_ Streamer = checkedReader{}
)

// lie returns the error about an answer that cannot be true.
func lie(about, format string, args ...any) error {
	return core.Errorf(core.KindEngineError, "unsafe answer about %q: %s; nothing was written because of it", about, fmt.Sprintf(format, args...)).
		With("reason", "unsafe_answer").With("path", about)
}

// Resolve implements FileSystem.
func (c checked) Resolve(ctx context.Context, asked string) (string, error) {
	real, err := c.FileSystem.Resolve(ctx, asked)
	if err == nil && (!path.IsAbs(real) || path.Clean(real) != real || !core.SafePath(real[1:])) {
		return "", lie(asked, "it leads to %q, which is no absolute path", real)
	}
	return real, err
}

// Stat implements FileSystem.
func (c checked) Stat(ctx context.Context, path string) (Entry, error) {
	e, err := c.FileSystem.Stat(ctx, path)
	if err != nil {
		return Entry{}, err
	}
	return e, checkEntry(&e, path, "")
}

// Tree implements FileSystem.
func (c checked) Tree(ctx context.Context, root string) (Tree, error) {
	tree, err := c.FileSystem.Tree(ctx, root)
	if err != nil {
		return nil, err
	}
	return checkedTree{tree}, nil
}

// Expect implements Expecter.
func (c checked) Expect(ctx context.Context, folder string) {
	if inner, can := c.FileSystem.(Expecter); can {
		inner.Expect(ctx, folder)
	}
}

type checkedTree struct{ Tree }

// maxDepth bounds how deep folders are nested: paths in Linux have at most 4096 bytes.
const maxDepth = 2048

// ReadDir implements Tree.
func (c checkedTree) ReadDir(ctx context.Context, folder string) ([]Entry, error) {
	if depth(folder) > maxDepth {
		return nil, lie(folder[:maxDepth]+"...", "folders are nested more than %d deep", maxDepth)
	}
	entries, err := c.Tree.ReadDir(ctx, folder)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		e := &entries[i]
		if above, name := Split(e.Path); above != folder || !core.SafeName(name) {
			return nil, lie(folder, "it lists the name %q", e.Path)
		}
		if err := checkEntry(e, e.Path, e.Path); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// Lstat implements Tree.
func (c checkedTree) Lstat(ctx context.Context, path string) (Entry, error) {
	e, err := c.Tree.Lstat(ctx, path)
	if err != nil {
		return Entry{}, err
	}
	return e, checkEntry(&e, path, path)
}

// Open implements Tree.
func (c checkedTree) Open(ctx context.Context, path string) (Reader, error) {
	r, err := c.Tree.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return checkedReader{r, path}, nil
}

// Put implements Putter.
func (c checkedTree) Put(ctx context.Context, path string, content io.Reader, size int64, want *Entry, moved func(n int64)) error {
	if inner, can := c.Tree.(Putter); can {
		return inner.Put(ctx, path, content, size, want, moved)
	}
	return ErrNotPut
}

type checkedReader struct {
	Reader
	path string
}

// Stat implements Reader.
func (c checkedReader) Stat() (Entry, error) {
	e, err := c.Reader.Stat()
	if err != nil {
		return Entry{}, err
	}
	return e, checkEntry(&e, c.path, c.path)
}

// Stream implements Streamer.
func (c checkedReader) Stream(ctx context.Context) (io.ReadCloser, error) {
	if inner, can := c.Reader.(Streamer); can {
		return inner.Stream(ctx)
	}
	return nil, ErrNotPut
}

// maxTarget bounds a symlink's target; Linux allows 4096 bytes.
const maxTarget = 32 << 10

// checkEntry checks an answer about one name, whose path is want.
func checkEntry(e *Entry, about, want string) error {
	target := e.Target()
	switch {
	case e.Path != want:
		return lie(about, "it is about %q", e.Path)
	case e.Type > Special:
		return lie(about, "its type is %d", e.Type)
	case e.Size < 0:
		return lie(about, "its size is %d", e.Size)
	case len(target) > maxTarget:
		return lie(about, "it is a symlink to a name of %d bytes", len(target))
	}
	e.Mode &= 0o7777
	return nil
}
