package hostfiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// The host of every engine of the testbed is this machine, so that the tests can look at
// what was made there.
var hostTests = []Test{
	{"host: sync makes alike, then finds nothing to do", testSync},
	{"host: sync keeps links, names and empty folders", testSyncKinds},
	{"host: sync deletes what the source lacks, less what rules exclude", testSyncDelete},
	{"host: sync of one file", testSyncFile},
	{"host: upload and download of files", testTransferFile},
	{"host: upload and download of folders", testTransferFolder},
	{"host: make and delete folders", testHostFolders},
	{"host: dangerous paths are refused", testHostRefusals},
	{"host: errors", testHostErrors},
}

func testSync(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source, destination := filepath.Join(dir, "source"), filepath.Join(dir, "new", "destination")
	Tree(t, source, map[string]string{"a": "one", "sub/b": strings.Repeat("two", 100_000), "sub/deeper/c": "", "empty/": ""})
	old := time.Unix(1_600_000_000, 0)
	if err := os.Chtimes(filepath.Join(source, "a"), old, old); err != nil {
		t.Fatal(err)
	}
	req := core.SyncRequest{Source: source, Destination: destination}
	if r := f.sync(t, req); r.FilesSent != 3 || r.BytesSent != 300_003 || r.Deleted != 0 || r.Unchanged != 0 || len(r.Issues) > 0 {
		t.Errorf("first: %+v", r)
	}
	wantAlike(t, source, destination)
	if r := f.sync(t, req); r.FilesSent != 0 || r.BytesSent != 0 || r.Unchanged != 3 {
		t.Errorf("again: %+v", r)
	}
	Tree(t, source, map[string]string{"a": "changed", "sub/new": "new"})
	if r := f.sync(t, req); r.FilesSent != 2 || r.Unchanged != 2 {
		t.Errorf("changed: %+v", r)
	}
	wantAlike(t, source, destination)
}

func testSyncKinds(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source, destination := filepath.Join(dir, "source"), filepath.Join(dir, "destination")
	Tree(t, source, map[string]string{
		"sp ace/q'uo\"te": "1", "new\nline": "2", "\xff\xfe": "3", "-dash": "4", "link": "-> sp ace", "broken": "-> /nowhere/at all", "*": "5",
		"empty/": "", strings.Repeat("n", 255): "6",
	})
	if err := os.Link(filepath.Join(source, "*"), filepath.Join(source, "second")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(source, "-dash"), 0o4751); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		f.sync(t, core.SyncRequest{Source: source, Destination: destination, HardLinks: true})
		wantAlike(t, source, destination)
		a, errA := os.Stat(filepath.Join(destination, "*"))
		b, errB := os.Stat(filepath.Join(destination, "second"))
		if errA != nil || errB != nil || !os.SameFile(a, b) {
			t.Errorf("%v, %v: the two names are not one file", errA, errB)
		}
	}
}

func testSyncDelete(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source, destination := filepath.Join(dir, "source"), filepath.Join(dir, "destination")
	Tree(t, source, map[string]string{"a": "1", "sub/b": "2", "cache/x": "not sent", "skip.o": "not sent", "was a folder": "3"})
	Tree(t, destination, map[string]string{
		"old": "x", "oldies/y": "x", "cache/kept": "x", "kept.o": "x", "sub/old": "x", "mixed/z": "x", "mixed/kept.o": "x", "was a folder/y": "x",
	})
	req := core.SyncRequest{Source: source, Destination: destination, Delete: true, Excludes: []string{"*.o", "/cache/"}}
	r := f.sync(t, req)
	for name, there := range map[string]bool{
		"a": true, "sub/b": true, "cache/kept": true, "kept.o": true, "mixed/kept.o": true,
		"old": false, "oldies": false, "sub/old": false, "mixed/z": false, "skip.o": false, "cache/x": false,
	} {
		if _, err := os.Lstat(filepath.Join(destination, name)); (err == nil) != there {
			t.Errorf("%s: there: %t (%v)", name, err == nil, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(destination, "was a folder")); err != nil || string(text) != "3" {
		t.Errorf("%q, %v", text, err)
	}
	if r.Deleted < 5 {
		t.Errorf("deleted: %+v", r)
	}
}

func testTransferFile(t *testing.T, f *fixture) {
	dir := t.TempDir()
	text := strings.Repeat("content ", 50_000)
	Tree(t, dir, map[string]string{"file": text, "folder/": ""})
	file := filepath.Join(dir, "file")
	for destination, want := range map[string]string{
		"made/name": "made/name", "made/too/": "made/too/file", "folder": "folder/file", "folder/": "folder/file",
	} {
		to := dir + "/" + destination
		r, err := f.Upload(t.Context(), core.UploadRequest{Source: file, Destination: to, Checksum: true}, nil)
		if err != nil || r.Path != filepath.Join(dir, want) || r.Files != 1 || r.Bytes != int64(len(text)) || len(r.SHA256) != 64 {
			t.Errorf("upload to %s: %+v, %v", destination, r, err)
			continue
		}
		if got, err := os.ReadFile(r.Path); err != nil || string(got) != text {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		back := filepath.Join(t.TempDir(), destination)
		if strings.HasSuffix(destination, "/") {
			back += "/"
		}
		if r, err = f.Download(t.Context(), core.DownloadRequest{Source: r.Path, Destination: back}, nil); err != nil {
			t.Errorf("download to %s: %v", back, err)
			continue
		}
		if got, err := os.ReadFile(r.Path); err != nil || string(got) != text {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
}

func testTransferFolder(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source, there, back := filepath.Join(dir, "source"), filepath.Join(dir, "there"), filepath.Join(dir, "back")
	Tree(t, source, map[string]string{"a": "1", "sub/b": "2", "link": "-> a", "empty/": ""})
	Tree(t, there, map[string]string{"else": "stays"})
	if r, err := f.Upload(t.Context(), core.UploadRequest{Source: source, Destination: there}, nil); err != nil || r.Files != 2 || r.Path != there {
		t.Fatalf("%+v, %v", r, err)
	}
	if text, err := os.ReadFile(filepath.Join(there, "else")); err != nil || string(text) != "stays" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Remove(filepath.Join(there, "else")); err != nil {
		t.Fatal(err)
	}
	if r, err := f.Download(t.Context(), core.DownloadRequest{Source: there, Destination: back}, nil); err != nil || r.Files != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	for name, text := range map[string]string{"a": "1", "sub/b": "2", "link": "1"} {
		if got, err := os.ReadFile(filepath.Join(back, name)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(back, "empty")); err != nil {
		t.Error(err)
	}
}

func testHostFolders(t *testing.T, f *fixture) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b c", "d")
	for range 2 {
		if err := f.Mkdir(t.Context(), core.HostMkdirRequest{Path: deep}); err != nil {
			t.Fatal(err)
		}
	}
	Tree(t, dir, map[string]string{"outside/precious": "x", "a/f": "x", "a/link": "-> ../outside", "file": "x"})
	for path, want := range map[string]int64{"a": 5, "a/none": 0, "none/at/all": 0, "file": 1} {
		if path == "a" {
			continue
		}
		r, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: filepath.Join(dir, path)})
		if err != nil || r.Deleted != want {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
	}
	for _, want := range []int64{5, 0} {
		r, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: filepath.Join(dir, "a")})
		if err != nil || r.Deleted != want {
			t.Errorf("%+v, %v; want %d", r, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "outside", "precious")); err != nil {
		t.Errorf("a symlink was followed: %v", err)
	}
	if err := f.Mkdir(t.Context(), core.HostMkdirRequest{Path: filepath.Join(dir, "outside", "precious")}); core.KindOf(err) != core.KindConflict {
		t.Errorf("a file as a folder: %v", err)
	}
}

// testHostRefusals names only paths that the pure function refuses: see its own table.
func testHostRefusals(t *testing.T, f *fixture) {
	for _, path := range []string{"", "relative", "~", "~/x", "/x/../.."} {
		_, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: path})
		wantKind(t, err, core.KindInvalidArgument)
		wantKind(t, f.Mkdir(t.Context(), core.HostMkdirRequest{Path: path}), core.KindInvalidArgument)
		_, err = f.Sync(t.Context(), core.SyncRequest{Source: t.TempDir(), Destination: path}, nil)
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.Upload(t.Context(), core.UploadRequest{Source: t.TempDir(), Destination: path}, nil)
		wantKind(t, err, core.KindInvalidArgument)
		_, err = f.Download(t.Context(), core.DownloadRequest{Source: path, Destination: t.TempDir()}, nil)
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err := f.Sync(t.Context(), core.SyncRequest{Source: t.TempDir(), Destination: t.TempDir(), Filters: []string{"dir-merge x"}}, nil)
	wantKind(t, err, core.KindInvalidArgument)
}

func testHostErrors(t *testing.T, f *fixture) {
	dir := t.TempDir()
	Tree(t, dir, map[string]string{"file": "x", "folder/a": "x", "taken/file/": ""})
	none, file, folder := filepath.Join(dir, "none"), filepath.Join(dir, "file"), filepath.Join(dir, "folder")
	_, err := f.Sync(t.Context(), core.SyncRequest{Source: none, Destination: folder}, nil)
	wantKind(t, err, core.KindPathNotFound)
	_, err = f.Sync(t.Context(), core.SyncRequest{Source: folder, Destination: file}, nil)
	wantKind(t, err, core.KindConflict)
	_, err = f.Upload(t.Context(), core.UploadRequest{Source: none, Destination: folder}, nil)
	wantKind(t, err, core.KindPathNotFound)
	_, err = f.Upload(t.Context(), core.UploadRequest{Source: folder, Destination: file}, nil)
	wantKind(t, err, core.KindConflict)
	_, err = f.Upload(t.Context(), core.UploadRequest{Source: file, Destination: filepath.Join(dir, "taken")}, nil)
	wantKind(t, err, core.KindConflict)
	_, err = f.Download(t.Context(), core.DownloadRequest{Source: none, Destination: folder}, nil)
	wantKind(t, err, core.KindPathNotFound)
	if text, err := os.ReadFile(file); err != nil || string(text) != "x" {
		t.Errorf("the file in the way: %q, %v", text, err)
	}
}

func testSyncFile(t *testing.T, f *fixture) {
	dir := t.TempDir()
	Tree(t, dir, map[string]string{"file": "content", "folder/": ""})
	file := filepath.Join(dir, "file")
	for destination, want := range map[string]string{"new/name": "new/name", "folder": "folder/file", "more/": "more/file"} {
		for _, sent := range []int64{1, 0} {
			r := f.sync(t, core.SyncRequest{Source: file, Destination: dir + "/" + destination})
			if r.FilesSent != sent || r.Unchanged != 1-sent {
				t.Errorf("%s: %+v", destination, r)
			}
		}
		if text, err := os.ReadFile(filepath.Join(dir, want)); err != nil || string(text) != "content" {
			t.Errorf("%s: %q, %v", destination, text, err)
		}
	}
}
