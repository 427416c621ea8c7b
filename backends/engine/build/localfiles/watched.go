package localfiles

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tonistiigi/fsutil"
)

// Folder is a folder of this machine. BuildKit's own would send an empty file instead of an unreadable
// one.
type Folder struct {
	fsutil.FS
	root, what string
	trouble    *Trouble
	// NoSockets leaves out Unix sockets, which an archive cannot describe.
	NoSockets bool
}

// Watch returns a folder whose trouble is kept; what names it in messages.
func Watch(root, what string, trouble *Trouble) (*Folder, error) {
	inner, err := fsutil.NewFS(root)
	if err != nil {
		return nil, PathError(err, what, root)
	}
	return &Folder{FS: inner, root: root, what: what, trouble: trouble}, nil
}

func (w *Folder) Walk(ctx context.Context, target string, fn iofs.WalkDirFunc) error {
	var failed error
	var where string
	err := w.FS.Walk(ctx, target, func(path string, entry iofs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, iofs.ErrNotExist) {
			failed, where = err, path
		}
		if w.NoSockets && entry != nil && entry.Type() == iofs.ModeSocket {
			return nil
		}
		if !utf8.ValidString(path) {
			w.trouble.keepNotUTF8(path)
		}
		return fn(path, entry, err)
	})
	if err != nil && failed != nil { // it was not ignored
		w.note(where, failed)
	}
	return err
}

func (w *Folder) Open(path string) (io.ReadCloser, error) {
	file, err := w.FS.Open(path)
	if err != nil && w.isSocket(path) {
		return io.NopCloser(strings.NewReader("")), nil
	}
	if err != nil {
		w.note(path, err)
		return failing{w.trouble.First()}, nil
	}
	return &watchedFile{atMost(file), path, w}, nil
}

// isSocket reports whether a path is a Unix socket. BuildKit cannot express one: as with
// buildx, the engine gets an empty file. (FIFOs and devices have no content to read.)
func (w *Folder) isSocket(path string) bool {
	info, err := os.Lstat(filepath.Join(w.root, path))
	return err == nil && info.Mode().Type() == iofs.ModeSocket
}

func (w *Folder) note(path string, err error) {
	w.trouble.Note(w.what, filepath.Join(w.root, strings.TrimPrefix(path, w.root)), err)
}

type watchedFile struct {
	io.ReadCloser
	path string
	fs   *Folder
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
