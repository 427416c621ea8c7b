package hostfiles_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// liar is a host whose folders and files are those of a folder here, except where a
// function says something else.
type liar struct {
	hostfiles.FileSystem
	readDir func(entries []hostfiles.Entry) []hostfiles.Entry
	lstat   func(e *hostfiles.Entry)
	stat    func(e *hostfiles.Entry)
	opened  func(e *hostfiles.Entry)
	resolve func(real string) string
}

func (l *liar) Resolve(ctx context.Context, path string) (string, error) {
	real, err := l.FileSystem.Resolve(ctx, path)
	if l.resolve != nil {
		real = l.resolve(real)
	}
	return real, err
}

func (l *liar) Stat(ctx context.Context, path string) (hostfiles.Entry, error) {
	e, err := l.FileSystem.Stat(ctx, path)
	if l.stat != nil {
		l.stat(&e)
	}
	return e, err
}

func (l *liar) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	tree, err := l.FileSystem.Tree(ctx, root)
	return lyingTree{tree, l}, err
}

type lyingTree struct {
	hostfiles.Tree
	liar *liar
}

func (l lyingTree) ReadDir(ctx context.Context, folder string) ([]hostfiles.Entry, error) {
	entries, err := l.Tree.ReadDir(ctx, folder)
	if l.liar.readDir != nil {
		entries = l.liar.readDir(entries)
	}
	return entries, err
}

func (l lyingTree) Lstat(ctx context.Context, path string) (hostfiles.Entry, error) {
	e, err := l.Tree.Lstat(ctx, path)
	if l.liar.lstat != nil {
		l.liar.lstat(&e)
	}
	return e, err
}

// Open returns a content for any name, as a liar does.
func (l lyingTree) Open(context.Context, string) (hostfiles.Reader, error) {
	return lyingReader{l.liar}, nil
}

type lyingReader struct{ liar *liar }

func (lyingReader) Read([]byte) (int, error) { return 0, io.EOF }
func (lyingReader) Close() error             { return nil }

func (lyingReader) ReadAt(p []byte, at int64) (int, error) {
	const evil = "evil"
	if at >= int64(len(evil)) {
		return 0, io.EOF
	}
	return copy(p, evil[at:]), io.EOF
}

func (r lyingReader) Stat() (hostfiles.Entry, error) {
	e := hostfiles.Entry{Path: "f", Size: 4, Mode: 0o4755}
	if r.liar.opened != nil {
		r.liar.opened(&e)
	}
	return e, nil
}

// named adds one name to what a folder lists.
func named(e hostfiles.Entry) func([]hostfiles.Entry) []hostfiles.Entry {
	return func(entries []hostfiles.Entry) []hostfiles.Entry { return append(entries, e) }
}

// TestALyingHostWritesNowhereElse: downloads of what a host lies about end with an
// error, and nothing is made outside the destination.
func TestALyingHostWritesNowhereElse(t *testing.T) {
	file := hostfiles.Entry{Size: 4, Mode: 0o4755}
	at := func(path string) *liar {
		e := file
		e.Path = path
		return &liar{readDir: named(e)}
	}
	folder := func(path string) *liar {
		return &liar{readDir: named(hostfiles.Entry{Path: path, Type: hostfiles.Folder, Mode: 0o755})}
	}
	for name, l := range map[string]*liar{
		"a file above": at("../escaped/pwned.sh"), "a folder above": folder(".."), "the folder itself": at("."), "no name": at(""),
		"an absolute name": at("/tmp/pwned.sh"), "a NUL": at("x\x00y"), "a name in another folder": at("sub/pwned.sh"),
		"a name below a file": at("f/pwned.sh"), "a slash at the end": folder("x/"), "a folder above in a folder": folder("sub/.."),
		"an unknown type":                         {readDir: named(hostfiles.Entry{Path: "x", Type: 77})},
		"a size below 0":                          {readDir: named(hostfiles.Entry{Path: "x", Size: -1})},
		"an endless link":                         {readDir: named(hostfiles.Entry{Path: "x", Type: hostfiles.Symlink, More: &hostfiles.More{Target: string(make([]byte, 1<<20))}})},
		"another path of the file that is opened": {opened: func(e *hostfiles.Entry) { e.Path = "../f" }},
		"a source that is relative":               {resolve: func(string) string { return "x" }},
		"a source with a folder above":            {resolve: func(real string) string { return real + "/../x" }},
		"a source of an unknown type":             {stat: func(e *hostfiles.Entry) { e.Type = 9 }},
		"a source with a path":                    {stat: func(e *hostfiles.Entry) { e.Path = "../x" }},
	} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			there, here := filepath.Join(base, "there"), filepath.Join(base, "here", "to")
			err := errors.Join(os.MkdirAll(filepath.Join(there, "sub"), 0o755), os.MkdirAll(here, 0o755),
				os.Mkdir(filepath.Join(base, "here", "escaped"), 0o755), os.WriteFile(filepath.Join(there, "f"), []byte("four"), 0o644))
			if err != nil {
				t.Fatal(err)
			}
			l.FileSystem = localfs.FS{}
			_, err = hostfiles.New(l, localfs.FS{}).Download(t.Context(), core.DownloadRequest{Source: there, Destination: here}, nil)
			var known *core.Error
			if !errors.As(err, &known) || known.Kind != core.KindEngineError || known.Details["reason"] != "unsafe_answer" {
				t.Errorf("%v", err)
			}
			nothingBut(t, filepath.Join(base, "here"), "escaped", "to", "to/f", "to/sub")
		})
	}
}

// nothingBut fails where a folder has something that it may not have.
func nothingBut(t *testing.T, dir string, may ...string) {
	t.Helper()
	allowed := map[string]bool{".": true}
	for _, name := range may {
		allowed[name] = true
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if rest, _ := filepath.Rel(dir, path); !allowed[rest] {
			t.Errorf("%s was made", rest)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestALyingDestination: what a host says of a destination is checked, too: a deletion
// and a sync work on what was asked for, or not at all.
func TestALyingDestination(t *testing.T) {
	base := t.TempDir()
	source, there, other := filepath.Join(base, "source"), filepath.Join(base, "there"), filepath.Join(base, "other")
	for _, dir := range []string{source, there, other} {
		if err := os.WriteFile(mkdir(t, dir)+"/f", []byte("four"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, l := range map[string]*liar{
		"a name above": {readDir: named(hostfiles.Entry{Path: "../other/f"})},
		"another path": {lstat: func(e *hostfiles.Entry) { e.Path = "../other" }},
	} {
		l.FileSystem = localfs.FS{}
		files := hostfiles.New(l, localfs.FS{})
		if _, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: there, Delete: true}, nil); core.KindOf(err) != core.KindEngineError {
			t.Errorf("%s: sync: %v", name, err)
		}
		if _, err := files.Delete(t.Context(), core.HostDeleteRequest{Path: there}); core.KindOf(err) != core.KindEngineError {
			t.Errorf("%s: delete: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(other, "f")); err != nil {
		t.Error(err)
	}
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestEndlessDepth: a host whose every folder has a folder ends with an error.
func TestEndlessDepth(t *testing.T) {
	base := t.TempDir()
	there := mkdir(t, filepath.Join(base, "there"))
	l := &deepLiar{FileSystem: localfs.FS{}}
	_, err := hostfiles.New(l, localfs.FS{}).Download(t.Context(), core.DownloadRequest{Source: there, Destination: filepath.Join(base, "to")}, nil)
	var known *core.Error
	if !errors.As(err, &known) || known.Details["reason"] != "unsafe_answer" {
		t.Error(err)
	}
	nothingBut(t, base, "there")
}

type deepLiar struct{ hostfiles.FileSystem }

func (d *deepLiar) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	tree, err := d.FileSystem.Tree(ctx, root)
	return deepTree{tree}, err
}

type deepTree struct{ hostfiles.Tree }

func (deepTree) ReadDir(_ context.Context, folder string) ([]hostfiles.Entry, error) {
	return []hostfiles.Entry{{Path: hostfiles.Join(folder, "d"), Type: hostfiles.Folder}}, nil
}

// TestEndlessTree: a host whose every folder has many files ends with an error, too.
func TestEndlessTree(t *testing.T) {
	base := t.TempDir()
	there := mkdir(t, filepath.Join(base, "there"))
	l := &wideLiar{FileSystem: localfs.FS{}}
	_, err := hostfiles.New(l, localfs.FS{}).Download(t.Context(), core.DownloadRequest{Source: there, Destination: filepath.Join(base, "to")}, nil)
	if !bounded.IsTooLarge(err) {
		t.Error(err)
	}
	nothingBut(t, base, "there")
}

type wideLiar struct{ hostfiles.FileSystem }

func (w *wideLiar) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	tree, err := w.FileSystem.Tree(ctx, root)
	return wideTree{tree}, err
}

type wideTree struct{ hostfiles.Tree }

func (wideTree) ReadDir(_ context.Context, folder string) ([]hostfiles.Entry, error) {
	entries := make([]hostfiles.Entry, 1000)
	for i := range entries {
		entries[i].Path = hostfiles.Join(folder, strings.Repeat("x", 100)+strconv.Itoa(i))
	}
	entries[0].Type, entries[1].Type = hostfiles.Folder, hostfiles.Folder
	return entries, nil
}
