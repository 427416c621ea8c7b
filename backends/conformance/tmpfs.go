package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// What is in a tmpfs only a container's processes see: the engine's archive endpoints
// work on the folder below it, and say that all went well.
var tmpfsTests = []test{
	{"tmpfs: copy there and back", testTmpfsCopy},
	{"tmpfs: make folders", testTmpfsMkdir},
	{"tmpfs: places, links and naming", testTmpfsPlaces},
	{"tmpfs: an image without a shell", testTmpfsWithoutShell},
	{"tmpfs: what cannot be reached says why", testTmpfsErrors},
}

// tmpfsOptions are a container's with a tmpfs of each kind; it is not root's.
var tmpfsOptions = []string{"--tmpfs", "/scratch", "--mount", "type=tmpfs,destination=/typed", "--read-only", "--user", "1000:1000"}

func testTmpfsCopy(t *testing.T, f *fixture) {
	name, dir := f.sleeper(t, tmpfsOptions...), t.TempDir()
	source := filepath.Join(dir, "source")
	hostfiles.Tree(t, source, map[string]string{"a": "one", "sub/b": strings.Repeat("two", 100_000), "empty/": "", "link": "-> a", "broken": "-> /no/where"})
	if err := os.Chown(filepath.Join(source, "a"), 1234, 1235); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Chmod(filepath.Join(source, "a"), 0o4755); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"/scratch/there", "/typed/there", "/dev/shm/there"} {
		for range 2 { // into a new folder, and into the one that is there
			var last core.Progress
			req := core.CopyToRequest{Source: source + "/.", Container: name, Destination: place, Progress: true}
			sent, err := f.CopyTo(t.Context(), req, func(p core.Progress) { last = p })
			if err != nil || sent.Files != 2 || sent.Bytes != 300_003 || last.Done != sent.Bytes {
				t.Fatalf("%s: %+v, %+v, %v", place, sent, last, err)
			}
		}
		f.exec(t, name, "sh", "-c", "cd "+place+" && cat a && readlink link && readlink broken && wc -c <sub/b && stat -c '%u:%g %a' a && ls -A").
			want(t, 0, "onea\n/no/where\n300000\n1234:1235 4755\na\nbroken\nempty\nlink\nsub\n", "")
		back := filepath.Join(dir, "back", place)
		if err := os.MkdirAll(filepath.Dir(back), 0o755); err != nil {
			t.Fatal(err)
		}
		got, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: place, Destination: back}, nil)
		if err != nil || got.Files != 2 || got.Bytes != 300_003 {
			t.Fatalf("%s: %+v, %v", place, got, err)
		}
		hostfiles.WantOwnerAndMode(t, back+"/a", 0, 0o755)
		if text, err := os.ReadFile(back + "/sub/b"); err != nil || len(text) != 300_000 {
			t.Errorf("%d bytes, %v", len(text), err)
		}
		if to, err := os.Readlink(back + "/broken"); err != nil || to != "/no/where" {
			t.Errorf("%q, %v", to, err)
		}
	}
	// -a: to the container's user, and back with owners.
	if _, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: source + "/a", Container: name, Destination: "/scratch/owned", Archive: true}, nil); err != nil {
		t.Fatal(err)
	}
	f.exec(t, name, "stat", "-c", "%u:%g", "/scratch/owned").want(t, 0, "1000:1000\n", "")
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/dev/shm/there/a", Destination: dir + "/owned", Archive: true}, nil); err != nil {
		t.Fatal(err)
	}
	hostfiles.WantOwnerAndMode(t, dir+"/owned", 1234, 0o4755)
}

func testTmpfsMkdir(t *testing.T, f *fixture) {
	name := f.sleeper(t, append([]string{"-w", "/scratch"}, tmpfsOptions...)...)
	for range 2 {
		for _, path := range []string{"/scratch/a/b c", "/dev/shm/a/b c", "/typed", "relative/x"} {
			if err := f.MkdirIn(t.Context(), core.MkdirInRequest{Container: name, Path: path}); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
	f.exec(t, name, "stat", "-c", "%u:%g %a", "/scratch/a", "/scratch/a/b c", "/dev/shm/a/b c", "/scratch/relative/x").
		want(t, 0, strings.Repeat("1000:1000 755\n", 4), "")
}

func testTmpfsPlaces(t *testing.T, f *fixture) {
	name, dir := f.sleeper(t, "--tmpfs", "/scratch", "-v", "/dev/shm/kept"), t.TempDir()
	hostfiles.Tree(t, dir, map[string]string{"file": "content", "top/scratch/in": "in the tmpfs", "top/plain": "beside it", "volume": "in a volume"})
	f.exec(t, name, "sh", "-c", "mkdir /scratch/folder && ln -s /scratch /to-scratch && ln -s folder /scratch/inner && ln -s nothing /scratch/dangling").want(t, 0, "", "")
	copyTo := func(source, destination string) error {
		_, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: filepath.Join(dir, source), Container: name, Destination: destination}, nil)
		return err
	}
	for destination, there := range map[string]string{
		"/scratch": "/scratch/file", "/scratch/folder/": "/scratch/folder/file", "/scratch/new": "/scratch/new", "/to-scratch/linked": "/scratch/linked",
		"/scratch/inner": "/scratch/folder/file", "/scratch/dangling": "/scratch/nothing", "/dev/shm": "/dev/shm/file",
	} {
		if err := copyTo("file", destination); err != nil {
			t.Errorf("%s: %v", destination, err)
			continue
		}
		f.exec(t, name, "cat", there).want(t, 0, "content", "")
		f.exec(t, name, "rm", there).want(t, 0, "", "")
	}
	// A copy across a tmpfs, and a volume in one.
	if _, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: dir + "/top/.", Container: name, Destination: "/"}, nil); err != nil {
		t.Error(err)
	}
	f.exec(t, name, "cat", "/scratch/in", "/plain").want(t, 0, "in the tmpfsbeside it", "")
	if err := copyTo("volume", "/dev/shm/kept/v"); err != nil {
		t.Error(err)
	}
	f.exec(t, name, "cat", "/dev/shm/kept/v").want(t, 0, "in a volume", "")
	got, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/to-scratch/in", Destination: dir + "/back"}, nil)
	if text, _ := os.ReadFile(dir + "/back"); err != nil || got.Files != 1 || string(text) != "in the tmpfs" {
		t.Errorf("%+v, %v, %q", got, err, text)
	}
	for destination, kind := range map[string]core.Kind{
		"/scratch/none/x": core.KindPathNotFound, "/scratch/none/": core.KindPathNotFound, "/scratch/in/x": core.KindConflict, "/dev/null": core.KindInvalidArgument,
	} {
		wantKind(t, copyTo("file", destination), kind)
	}
	wantKind(t, copyTo("top", "/scratch/in"), core.KindConflict)
	_, err = f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/scratch/none", Destination: dir}, nil)
	wantKind(t, err, core.KindPathNotFound)
}

func testTmpfsWithoutShell(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{
		Image: noshell, Options: []string{"-d", "--tmpfs", "/scratch"}, Command: core.Command{Argv: []string{"/app", "sleep", "600"}},
	}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	dir := t.TempDir()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := os.WriteFile(dir+"/file", content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.MkdirIn(t.Context(), core.MkdirInRequest{Container: name, Path: "/scratch/folder"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: dir + "/file", Container: name, Destination: "/scratch/folder/"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/scratch/folder/file", Destination: dir + "/back"}, nil); err != nil {
		t.Fatal(err)
	}
	if back, err := os.ReadFile(dir + "/back"); err != nil || !bytes.Equal(back, content) {
		t.Errorf("%d bytes, %v", len(back), err)
	}
}

func testTmpfsErrors(t *testing.T, f *fixture) {
	dir := t.TempDir()
	hostfiles.Tree(t, dir, map[string]string{"file": "content"})
	name, ended := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"--tmpfs", "/scratch"}, Command: core.Command{Argv: []string{"true"}}}, nil)
	ended.want(t, 0, "", "")
	running := f.sleeper(t)
	for _, at := range []struct {
		container, path string
		kind            core.Kind
	}{{name, "/scratch/x", core.KindContainerNotRunning}, {name, "/dev/shm/x", core.KindContainerNotRunning}, {running, "/proc/x", core.KindInvalidArgument}, {running, "/sys/x", core.KindInvalidArgument}} {
		_, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: dir + "/file", Container: at.container, Destination: at.path}, nil)
		wantKind(t, err, at.kind)
		wantKind(t, f.MkdirIn(t.Context(), core.MkdirInRequest{Container: at.container, Path: at.path}), at.kind)
	}
	_, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/scratch/x", Destination: dir}, nil)
	wantKind(t, err, core.KindContainerNotRunning)
	neighbour := f.sleeper(t, "--pid", "container:"+running)
	_, err = f.CopyTo(t.Context(), core.CopyToRequest{Source: dir + "/file", Container: neighbour, Destination: "/dev/shm/x"}, nil)
	wantKind(t, err, core.KindConflict)
	host := f.sleeper(t, "--pid", "host")
	if _, err = f.CopyTo(t.Context(), core.CopyToRequest{Source: dir + "/file", Container: host, Destination: "/dev/shm/x"}, nil); err != nil {
		t.Error(err)
	}
	f.exec(t, host, "cat", "/dev/shm/x").want(t, 0, "content", "")
}
