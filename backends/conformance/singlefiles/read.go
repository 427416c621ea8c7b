package singlefiles

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// madeFiles has one of each kind.
const madeFiles = `mkdir -p /d/sub /d/empty; cd /d
printf text >a.txt; chown 1234:1235 a.txt; chmod 4751 a.txt; touch -d @1000000000 a.txt
printf deep >sub/deep; ln sub/deep hard; ln a.txt twin
ln -s a.txt link; ln -s /d/sub folderlink; ln -s nowhere broken; ln -s loop loop; mkfifo fifo
printf 1 >'with space'; printf 2 >'ünïcode'; printf 3 >'new
line'; printf 4 >-; dd if=/dev/zero of=big bs=1024 count=700 2>/dev/null`

func at(name, path string) core.FileRequest { return core.FileRequest{Container: name, Path: path} }

func (f *Fixture) read(t *testing.T, name, path string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out bytes.Buffer
	result, err := f.ReadFile(ctx, core.ReadFileRequest{FileRequest: at(name, path)}, core.Streams{Stdout: &out})
	if err == nil && result.Size != int64(out.Len()) {
		t.Errorf("%s: %d bytes came, and it says %d", path, out.Len(), result.Size)
	}
	return out.String(), err
}

// wantFiles checks what madeFiles made, so many entries of it one by one.
func (f *Fixture) wantFiles(t *testing.T, name string, single int) {
	t.Helper()
	for path, want := range map[string]string{
		"/d/a.txt": "text", "/d/link": "text", "/d/folderlink/deep": "deep", "/d/../d/./twin": "text", "/d/hard": "deep", "/d/-": "4",
		"/d/with space": "1", "/d/ünïcode": "2", "/d/new\nline": "3", "/d/big": strings.Repeat("\x00", 700<<10),
	} {
		if got, err := f.read(t, name, path); err != nil || got != want {
			t.Errorf("%q: %d bytes, %v", path, len(got), err)
		}
	}
	for path, want := range map[string]bool{"/": true, "/d/link": true, "/d/sub/": true, "/d/broken": false, "/d/none": false, "/d/a.txt/x": false} {
		if got, err := f.FileExists(t.Context(), at(name, path)); err != nil || got != want {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	f.wantListed(t, name, "/d", madeEntries("/d"))
	f.wantListed(t, name, "/d/folderlink", madeEntries("/d/folderlink"))
	f.wantListed(t, name, "/d/empty", []core.FileEntry{})
	for i, e := range madeEntries("/d") {
		if e.Name == "loop" || i > single {
			continue // the engine does not look at a symlink that leads to itself
		}
		got, err := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, e.Path), NoFollow: true})
		if e.MTime == 0 {
			got.MTime = 0
		}
		if err != nil || got != e {
			t.Errorf("%+v, %v; want %+v", got, err, e)
		}
	}
	linked, err := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, "/d/link")})
	if err != nil || linked.Type != core.EntryFile || linked.Size != 4 || linked.Name != "link" || linked.Mode != 0o4751 {
		t.Errorf("%+v, %v", linked, err)
	}
}

// wantListed compares all but times that are the test's own.
func (f *Fixture) wantListed(t *testing.T, name, path string, want []core.FileEntry) {
	t.Helper()
	got, err := f.ListFiles(t.Context(), at(name, path))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if time.Since(time.Unix(0, got[i].MTime)) < time.Hour {
			got[i].MTime = 0
		}
	}
	if !slices.Equal(got, want) || got == nil {
		t.Errorf("%s: got %+v\nwant %+v", path, got, want)
	}
}

func madeEntry(folder, name, kind string, size int64) core.FileEntry {
	e := core.FileEntry{Name: name, Path: folder + "/" + name, Type: kind, Size: size, Mode: 0o644}
	switch {
	case kind == core.EntryFolder:
		e.Mode = 0o755
	case kind == core.EntrySymlink:
		e.Mode = 0o777
	case name == "a.txt", name == "twin":
		e.Mode, e.UID, e.GID, e.MTime = 0o4751, 1234, 1235, 1e18
	}
	return e
}

// madeEntries is what madeFiles made in a folder, by name.
func madeEntries(folder string) []core.FileEntry {
	if strings.HasSuffix(folder, "link") {
		return []core.FileEntry{madeEntry(folder, "deep", core.EntryFile, 4)}
	}
	link := func(name, target string) core.FileEntry {
		e := madeEntry(folder, name, core.EntrySymlink, 0)
		e.LinkTarget = target
		return e
	}
	file := func(name string, size int64) core.FileEntry { return madeEntry(folder, name, core.EntryFile, size) }
	return []core.FileEntry{
		file("-", 1), file("a.txt", 4), file("big", 700<<10), link("broken", "nowhere"), madeEntry(folder, "empty", core.EntryFolder, 0),
		madeEntry(folder, "fifo", core.EntrySpecial, 0), link("folderlink", "/d/sub"), file("hard", 4), link("link", "a.txt"), link("loop", "loop"),
		file("new\nline", 1), madeEntry(folder, "sub", core.EntryFolder, 0), file("twin", 4), file("with space", 1), file("ünïcode", 1),
	}
}

func testFileStates(t *testing.T, f *Fixture) {
	name := f.Sleeper(t)
	f.sh(t, name, madeFiles)
	f.wantFiles(t, name, 100)
	// What a container's own mounts have, and what the kernel makes as it is read.
	for path, want := range map[string]string{"/etc/hosts": "localhost", "/proc/1/status": "Name:", "/etc/../proc/self/mounts": "proc"} {
		if got, err := f.read(t, name, path); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if err := f.Pause(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	f.wantFiles(t, name, 1)
	if err := f.Unpause(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if err := f.Stop(t.Context(), core.StopRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	f.wantFiles(t, name, 100)
}

func testFilesNeverStarted(t *testing.T, f *Fixture) {
	name := f.Name(t)
	_, err := f.Create(t.Context(), core.CreateContainerRequest{Image: f.NoShell, Options: []string{"--name", name}, Command: core.Command{Argv: []string{"/app", "true"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.read(t, name, "/app")
	stat, statErr := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, "/app")})
	if err != nil || statErr != nil || !strings.HasPrefix(got, "\x7fELF") || stat.Size != int64(len(got)) || stat.Mode != 0o755 {
		t.Errorf("%d bytes, %v; %+v, %v", len(got), err, stat, statErr)
	}
	entries, err := f.ListFiles(t.Context(), at(name, "/"))
	if i := slices.IndexFunc(entries, func(e core.FileEntry) bool { return e.Path == "/app" }); err != nil || i < 0 || entries[i].Size != stat.Size {
		t.Errorf("%+v, %v", entries, err)
	}
}

func testFilesTmpfs(t *testing.T, f *Fixture) {
	name := f.Sleeper(t, "--tmpfs", "/d", "--read-only")
	f.sh(t, name, strings.ReplaceAll(madeFiles, "/empty", "/empty /d/link2; ln -s /d/sub /d/tolink")+`; rm -r link2 tolink`)
	f.wantFiles(t, name, 3)
	top, err := f.ListFiles(t.Context(), at(name, "/"))
	i := slices.IndexFunc(top, func(e core.FileEntry) bool { return e.Name == "d" })
	if err != nil || i < 0 || top[i].Mode != 0o1777 {
		t.Errorf("the mount's own attributes: %+v, %v", top, err)
	}
	if err := f.Stop(t.Context(), core.StopRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	_, err = f.read(t, name, "/d/a.txt")
	wantKind(t, err, core.KindContainerNotRunning)
	_, err = f.ListFiles(t.Context(), at(name, "/d"))
	wantKind(t, err, core.KindContainerNotRunning)
}

// testFilesLargeFolder lists a folder whose archive nobody wants to wait for.
func testFilesLargeFolder(t *testing.T, f *Fixture) {
	name := f.Sleeper(t)
	f.sh(t, name, "mkdir /d; truncate -s 500G /d/huge; printf x >/d/small")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	entries, err := f.ListFiles(ctx, at(name, "/d"))
	if err != nil || len(entries) != 2 || entries[0].Size != 500<<30 || entries[1].Size != 1 {
		t.Errorf("%+v, %v", entries, err)
	}
	huge, err := f.StatFile(ctx, core.StatFileRequest{FileRequest: at(name, "/d/huge")})
	if err != nil || huge.Size != 500<<30 {
		t.Errorf("%+v, %v", huge, err)
	}
	most := int64(1 << 20)
	_, err = f.ReadFile(ctx, core.ReadFileRequest{FileRequest: at(name, "/d/huge"), MaxSize: &most}, core.Streams{Stdout: &bytes.Buffer{}})
	wantKind(t, err, core.KindInvalidArgument)
}

func testFileReadErrors(t *testing.T, f *Fixture) {
	name := f.Sleeper(t, "--tmpfs", "/scratch")
	f.sh(t, name, madeFiles+"; cp -a /d /scratch/")
	for path, kind := range map[string]core.Kind{
		"/none": core.KindPathNotFound, "/d/none/x": core.KindPathNotFound, "/d/broken": core.KindPathNotFound, "/d/a.txt/x": core.KindConflict,
		"/d": core.KindConflict, "/d/folderlink": core.KindConflict, "/": core.KindConflict, "/d/fifo": core.KindInvalidArgument,
		"/scratch/d/none": core.KindPathNotFound, "/scratch/d": core.KindConflict, "/scratch/d/fifo": core.KindInvalidArgument,
		"/dev/null": core.KindInvalidArgument, "/proc/none": core.KindPathNotFound, "d/a.txt": core.KindInvalidArgument, "": core.KindInvalidArgument,
	} {
		_, err := f.read(t, name, path)
		wantKind(t, err, kind)
		if err != nil && kind != core.KindInvalidArgument && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), name)) {
			t.Errorf("it does not name %s and %s: %v", path, name, err)
		}
	}
	for path, kind := range map[string]core.Kind{"/none": core.KindPathNotFound, "/d/a.txt": core.KindConflict, "/d/fifo": core.KindConflict, "/scratch/none": core.KindPathNotFound, "/scratch/d/a.txt": core.KindConflict} {
		_, err := f.ListFiles(t.Context(), at(name, path))
		wantKind(t, err, kind)
	}
	_, err := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, "/d/broken")})
	wantKind(t, err, core.KindPathNotFound)
	_, err = f.FileExists(t.Context(), at("mlng-none", "/d"))
	wantKind(t, err, core.KindContainerNotFound)
	_, err = f.read(t, "mlng-none", "/d")
	wantKind(t, err, core.KindContainerNotFound)
}
