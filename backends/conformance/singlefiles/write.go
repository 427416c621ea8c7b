package singlefiles

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// write writes a file; with a change that request's.
func (f *Fixture) write(t *testing.T, name, path, text string, change func(*core.WriteFileRequest)) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req := core.WriteFileRequest{FileRequest: at(name, path)}
	if change != nil {
		change(&req)
	}
	result, err := f.WriteFile(ctx, req, core.Streams{Stdin: strings.NewReader(text)})
	if err == nil && result.Size != int64(len(text)) {
		t.Errorf("%s: it says %d bytes of %d", path, result.Size, len(text))
	}
	return err
}

// wantWritten checks a file, and that nothing else is in its folder that was not before.
func (f *Fixture) wantWritten(t *testing.T, name, path, text string, mode, uid, gid int) {
	t.Helper()
	got, err := f.read(t, name, path)
	e, statErr := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, path)})
	if err != nil || statErr != nil || got != text || e.Mode != mode || e.UID != uid || e.GID != gid {
		t.Errorf("%s: %d bytes of %d, %v; %+v, %v", path, len(got), len(text), err, e, statErr)
	}
}

func (f *Fixture) wantNames(t *testing.T, name, folder string, want ...string) {
	t.Helper()
	entries, err := f.ListFiles(t.Context(), at(name, folder))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("%s has %q, %v; want %q", folder, names, err, want)
	}
}

func withMode(mode int, owner string) func(*core.WriteFileRequest) {
	return func(r *core.WriteFileRequest) { r.Mode, r.Owner = &mode, owner }
}

func testFileWrites(t *testing.T, f *Fixture) {
	name := f.Sleeper(t, "--user", "worker", "--tmpfs", "/scratch", "-v", "/volume")
	f.sh(t, name, "mkdir /d /d/real; printf old >/d/kept; chown 12:13 /d/kept; chmod 4750 /d/kept; ln -s kept /d/link; ln -s real /d/folderlink; ln -s made /d/broken")
	long := strings.Repeat("0123456789abcdef", 100_000) // more than is kept in memory
	round := func(state string) {
		t.Helper()
		in := func(folder string) {
			t.Helper()
			for path, text := range map[string]string{"/new " + state: "text", "/empty " + state: "", "/ünï\n" + state: "x", "/long " + state: long} {
				if err := f.write(t, name, folder+path, text, nil); err != nil {
					t.Fatalf("%s: %v", folder+path, err)
				}
				f.wantWritten(t, name, folder+path, text, 0o644, 1000, 1000)
			}
		}
		in("/d")
		if state == "running" {
			in("/scratch")
		}
		for path, there := range map[string]string{"/d/kept": "/d/kept", "/d/link": "/d/kept"} {
			if err := f.write(t, name, path, state+path, nil); err != nil {
				t.Fatal(err)
			}
			f.wantWritten(t, name, there, state+path, 0o4750, 12, 13)
		}
		for path, there := range map[string]string{"/d/folderlink/x": "/d/real/x", "/d/broken": "/d/made", "/volume/x": "/volume/x"} {
			if err := f.write(t, name, path, state, withMode(0o600, "nobody:7")); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			f.wantWritten(t, name, there, state, 0o600, 65534, 7)
		}
		link, err := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, "/d/link"), NoFollow: true})
		if err != nil || link.LinkTarget != "kept" {
			t.Errorf("the link is %+v, %v", link, err)
		}
		parents := func(r *core.WriteFileRequest) { r.Parents = true }
		if err := f.write(t, name, "/d/p "+state+"/q/r", "deep", parents); err != nil {
			t.Fatal(err)
		}
		f.wantWritten(t, name, "/d/p "+state+"/q/r", "deep", 0o644, 1000, 1000)
		folder, err := f.StatFile(t.Context(), core.StatFileRequest{FileRequest: at(name, "/d/p "+state+"/q")})
		if err != nil || folder.Mode != 0o755 || folder.UID != 1000 {
			t.Errorf("%+v, %v", folder, err)
		}
	}
	round("running")
	if err := f.Pause(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	round("paused")
	if err := f.Unpause(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	f.wantNames(t, name, "/d/real", "x")
	if err := f.Stop(t.Context(), core.StopRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	round("stopped")
	f.wantNames(t, name, "/d/real", "x")
}

func testFileWritesWithoutShell(t *testing.T, f *Fixture) {
	name := f.Name(t)
	_, err := f.Create(t.Context(), core.CreateContainerRequest{Image: f.NoShell, Options: []string{"--name", name}, Command: core.Command{Argv: []string{"/app", "sleep", "600"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"before it was started", "while it runs"} {
		if err := f.write(t, name, "/config", text, withMode(0o640, "5")); err != nil {
			t.Fatal(err)
		}
		f.wantWritten(t, name, "/config", text, 0o640, 5, 0)
		if err := f.Start(t.Context(), core.ContainerRequest{Container: name}); err != nil {
			t.Fatal(err)
		}
	}
}

func testFileWriteErrors(t *testing.T, f *Fixture) {
	name := f.Sleeper(t, "--tmpfs", "/small:size=64k", "--read-only")
	f.sh(t, name, "mkdir /small/folder; printf old >/small/kept; mkfifo /small/fifo")
	tooMuch := strings.Repeat("x", 200<<10)
	for _, one := range []struct {
		path, text string
		kind       core.Kind
		change     func(*core.WriteFileRequest)
	}{
		{"/etc/x", "x", core.KindPermissionDenied, nil},
		{"/small/kept", tooMuch, core.KindEngineError, nil},
		{"/small/new", tooMuch, core.KindEngineError, nil},
		{"/small/folder", "x", core.KindConflict, nil},
		{"/", "x", core.KindInvalidArgument, nil},
		{"/small/folder/", "x", core.KindInvalidArgument, nil},
		{"/small/kept/x", "x", core.KindConflict, nil},
		{"/small/kept/x/y", "x", core.KindConflict, func(r *core.WriteFileRequest) { r.Parents = true }},
		{"/small/none/x", "x", core.KindPathNotFound, nil},
		{"/small/fifo", "x", core.KindInvalidArgument, nil},
		{"/proc/x", "x", core.KindInvalidArgument, nil},
		{"/etc/hosts", "x", core.KindConflict, nil},
		{"/small/new", "x", core.KindInvalidArgument, withMode(0o600, "nobody-knows")},
		{"/small/new", "x", core.KindInvalidArgument, withMode(0o10000, "")},
		{"small/new", "x", core.KindInvalidArgument, nil},
	} {
		err := f.write(t, name, one.path, one.text, one.change)
		wantKind(t, err, one.kind)
		if err != nil && one.kind != core.KindInvalidArgument && !strings.Contains(err.Error(), name) {
			t.Errorf("it does not name %s: %v", name, err)
		}
		var known *core.Error
		if one.kind == core.KindEngineError && (!errors.As(err, &known) || known.Details["reason"] != "disk_full" || known.Details["path"] != one.path) {
			t.Errorf("%#v", err)
		}
	}
	// An input that fails, and one that never ends.
	broken := io.MultiReader(strings.NewReader("half"), errorReader{})
	if _, err := f.WriteFile(t.Context(), core.WriteFileRequest{FileRequest: at(name, "/small/kept")}, core.Streams{Stdin: broken}); err == nil {
		t.Error("a broken input was written")
	}
	never, end := io.Pipe()
	defer end.Close()
	_, err := f.WriteFile(t.Context(), core.WriteFileRequest{FileRequest: core.FileRequest{Container: name, Path: "/small/kept", TimeoutSeconds: 0.2}}, core.Streams{Stdin: never})
	wantKind(t, err, core.KindOperationTimeout)
	f.wantWritten(t, name, "/small/kept", "old", 0o644, 0, 0)
	f.wantNames(t, name, "/small", "fifo", "folder", "kept")
	wantKind(t, f.write(t, f.Sleeper(t), "/etc/resolv.conf", "x", nil), core.KindConflict)
	if err := f.Stop(t.Context(), core.StopRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	wantKind(t, f.write(t, name, "/small/kept", "x", nil), core.KindContainerNotRunning)
	wantKind(t, f.write(t, name, "/etc/x", "x", nil), core.KindPermissionDenied)
	wantKind(t, f.write(t, name, "/none/x", "x", nil), core.KindPathNotFound)
	wantKind(t, f.write(t, name, "/etc/passwd/x", "x", nil), core.KindConflict)
	wantKind(t, f.write(t, name, "/etc", "x", nil), core.KindConflict)
	wantKind(t, f.write(t, "mlng-none", "/x", "x", nil), core.KindContainerNotFound)
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("the input is broken") }
