package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"

	"github.com/tonistiigi/fsutil"

	"github.com/proboscis/ml_nexus_go/core"
)

// mounts returns what the engine may read from this machine, by BuildKit's names for it.
func (s *Spec) mounts(trouble *trouble) (map[string]fsutil.FS, error) {
	context, err := watchedFolder(s.source.folder, "the context", trouble)
	if err != nil {
		return nil, err
	}
	mounts := map[string]fsutil.FS{"context": context, "dockerfile": s.source.fs()}
	for name, path := range s.contexts {
		if remoteContext(path) {
			continue
		}
		if mounts[mountName(name)], err = watchedFolder(path, "--build-context "+name, trouble); err != nil {
			return nil, err
		}
	}
	return mounts, nil
}

// mountName keeps a build context from replacing one of the two that always exist.
func mountName(context string) string {
	if context == "context" || context == "dockerfile" {
		return "_" + context
	}
	return context
}

// fs returns a folder with the Dockerfile as it was read. The engine keeps what it got for
// the next build and compares times, so the time is a new one.
func (c *source) fs() fsutil.FS {
	files := memory{c.name: c.text}
	if c.ignore != nil {
		files[c.name+ignoreFile] = c.ignore
	}
	return files
}

// sharedKey names the copy of the context that the engine keeps, so that the next
// build sends only what changed. The same path on another machine is another folder.
func (s *Spec) sharedKey(owner core.Owner) string {
	machine, _ := os.ReadFile("/etc/machine-id")
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\x00%s\x00%s", owner.Host, machine, s.source.folder)
	if info, err := os.Stat(s.source.folder); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			_, _ = fmt.Fprintf(sum, "\x00%d:%d", stat.Dev, stat.Ino)
		}
	}
	return "ml-nexus-go:" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// trouble keeps the first problem with files on this machine.
type trouble struct {
	mu  sync.Mutex
	err *core.Error
	odd string // a path that is not UTF-8; it matters only if it has to be sent
	// noted ends the build: BuildKit waits for a file that cannot be read.
	noted func()
}

func (t *trouble) note(what, path string, err error) {
	if err == nil || err == io.EOF || errors.Is(err, context.Canceled) {
		return
	}
	t.keep(describe(what, path, err))
}

func (t *trouble) keep(err *core.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
		if t.noted != nil {
			t.noted()
		}
	}
}

func (t *trouble) notUTF8(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.odd = strings.ToValidUTF8(path, "\uFFFD")
}

func (t *trouble) first() *core.Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func describe(what, path string, err error) *core.Error {
	var known *core.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, iofs.ErrPermission):
		return core.Errorf(core.KindPermissionDenied, "%s has %s, which cannot be read: %w: make it readable, or name it in .dockerignore", what, path, err).With("path", path)
	case errors.Is(err, iofs.ErrNotExist):
		return core.Errorf(core.KindPathNotFound, "%s changed during the build: %s is gone: build again when nothing writes there", what, path).With("path", path)
	}
	return core.Errorf(core.KindInvalidArgument, "%s: %s cannot be read: %w", what, path, err).With("path", path)
}

// watchedFS is a folder. BuildKit's own would send an empty file instead of an unreadable
// one.
type watchedFS struct {
	fsutil.FS
	root, what string
	trouble    *trouble
	// noSockets leaves out Unix sockets, which an archive cannot describe.
	noSockets bool
}

func watchedFolder(root, what string, trouble *trouble) (*watchedFS, error) {
	inner, err := fsutil.NewFS(root)
	if err != nil {
		return nil, pathError(err, what, root)
	}
	return &watchedFS{FS: inner, root: root, what: what, trouble: trouble}, nil
}

func (w *watchedFS) Walk(ctx context.Context, target string, fn iofs.WalkDirFunc) error {
	var failed error
	var where string
	err := w.FS.Walk(ctx, target, func(path string, entry iofs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, iofs.ErrNotExist) {
			failed, where = err, path
		}
		if w.noSockets && entry != nil && entry.Type() == iofs.ModeSocket {
			return nil
		}
		if !utf8.ValidString(path) {
			w.trouble.notUTF8(path)
		}
		return fn(path, entry, err)
	})
	if err != nil && failed != nil { // it was not ignored
		w.note(where, failed)
	}
	return err
}

func (w *watchedFS) Open(path string) (io.ReadCloser, error) {
	file, err := w.FS.Open(path)
	if err != nil && w.isSocket(path) {
		return io.NopCloser(strings.NewReader("")), nil
	}
	if err != nil {
		w.note(path, err)
		return failing{w.trouble.first()}, nil
	}
	return &watchedFile{atMost(file), path, w}, nil
}

// isSocket reports whether a path is a Unix socket. BuildKit cannot express one: as with
// buildx, the engine gets an empty file. (FIFOs and devices have no content to read.)
func (w *watchedFS) isSocket(path string) bool {
	info, err := os.Lstat(filepath.Join(w.root, path))
	return err == nil && info.Mode().Type() == iofs.ModeSocket
}

func (w *watchedFS) note(path string, err error) {
	w.trouble.note(w.what, filepath.Join(w.root, strings.TrimPrefix(path, w.root)), err)
}

type watchedFile struct {
	io.ReadCloser
	path string
	fs   *watchedFS
}

func (f *watchedFile) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if err != nil {
		f.fs.note(f.path, err)
	}
	return n, err
}

// failing is a file whose reading fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
func (failing) Close() error               { return nil }
