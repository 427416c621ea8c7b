package conformance

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// moreContainerTests are about containers beyond their life.
var moreContainerTests = []test{
	{"pause and unpause", testPause},
	{"top", testTop},
	{"diff", testDiff},
	{"update", testUpdate},
	{"commit", testCommit},
	{"export", testExport},
	{"prune containers", testPruneContainers},
	{"prunes wait for each other", testPrunesWait},
	{"ports", testPorts},
	{"create", testCreate},
}

func testPause(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	ctx, c := t.Context(), core.ContainerRequest{Container: name}
	wantKind(t, f.Unpause(ctx, c), core.KindConflict)
	if err := f.Pause(ctx, c); err != nil || f.state(t, name).Status != "paused" {
		t.Fatalf("got %v, and it is %+v", err, f.state(t, name))
	}
	wantKind(t, f.Pause(ctx, c), core.KindConflict)
	if err := f.Unpause(ctx, c); err != nil || f.state(t, name).Status != "running" {
		t.Fatalf("got %v, and it is %+v", err, f.state(t, name))
	}
	gone := core.ContainerRequest{Container: f.name(t)}
	wantKind(t, f.Pause(ctx, gone), core.KindContainerNotFound)
	wantKind(t, f.Unpause(ctx, gone), core.KindContainerNotFound)
	if err := f.Kill(ctx, core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Wait(ctx, c); err != nil {
		t.Fatal(err)
	}
	wantKind(t, f.Pause(ctx, c), core.KindContainerNotRunning)
	wantKind(t, f.Unpause(ctx, c), core.KindConflict)
}

func testTop(t *testing.T, f *fixture) {
	_, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-d"}, Command: core.Command{Argv: []string{"sleep", "600"}}}, nil)
	// A container that has started is runc for a moment.
	f.exec(t, o.ContainerID, "sh", "-c", "until grep -q sleep /proc/1/comm; do :; done").want(t, 0, "", "")
	top, err := f.ContainerTop(t.Context(), core.ContainerTopRequest{Container: o.ContainerID, Arguments: []string{"-eo", "pid,comm"}})
	if err != nil || !slices.Equal(top.Titles, []string{"PID", "COMMAND"}) || len(top.Processes) != 1 || top.Processes[0][1] != "sleep" {
		t.Errorf("got %+v, %v", top, err)
	}
	for _, refused := range [][]string{{"-eo", "comm"}, {"--nonsense"}} {
		_, err = f.ContainerTop(t.Context(), core.ContainerTopRequest{Container: o.ContainerID, Arguments: refused})
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err = f.ContainerTop(t.Context(), core.ContainerTopRequest{Container: f.name(t)})
	wantKind(t, err, core.KindContainerNotFound)
}

func testDiff(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	f.exec(t, name, "sh", "-c", "echo >/new; rm /etc/group").want(t, 0, "", "")
	changes, err := f.ContainerDiff(t.Context(), core.ContainerRequest{Container: name})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []core.ContainerChange{{Kind: "modified", Path: "/etc"}, {Kind: "deleted", Path: "/etc/group"}, {Kind: "added", Path: "/new"}} {
		if !slices.Contains(changes, want) {
			t.Errorf("%+v is not in %+v", want, changes)
		}
	}
	if len(changes) != 3 {
		t.Errorf("got %+v", changes)
	}
	_, err = f.ContainerDiff(t.Context(), core.ContainerRequest{Container: f.name(t)})
	wantKind(t, err, core.KindContainerNotFound)
}

func testUpdate(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	update := func(options ...string) error {
		result, err := f.ContainerUpdate(t.Context(), core.ContainerUpdateRequest{Container: name, Options: options})
		if err == nil && result.Warnings == nil {
			t.Error("the warnings are nil")
		}
		return err
	}
	if err := update("--pids-limit", "77", "--restart=on-failure:2"); err != nil {
		t.Fatal(err)
	}
	host := f.inspect(t, name)["HostConfig"].(map[string]any)
	restart := host["RestartPolicy"].(map[string]any)
	if host["PidsLimit"] != 77.0 || restart["Name"] != "on-failure" || restart["MaximumRetryCount"] != 2.0 {
		t.Errorf("got %v, %v", host["PidsLimit"], restart)
	}
	wantKind(t, update(), core.KindInvalidArgument)
	wantKind(t, update("--volume", "/a:/b"), core.KindInvalidArgument)
	_, err := f.ContainerUpdate(t.Context(), core.ContainerUpdateRequest{Container: f.name(t), Options: []string{"--cpus=1"}})
	wantKind(t, err, core.KindContainerNotFound)
}

func testCommit(t *testing.T, f *fixture) {
	image := "mlng-conf-commit:" + uuid.NewString()
	t.Cleanup(func() { f.untag(t, image) })
	box := f.sleeper(t)
	f.exec(t, box, "sh", "-c", "echo kept >/kept").want(t, 0, "", "")
	made, err := f.ContainerCommit(t.Context(), core.ContainerCommitRequest{
		Container: box, Image: image, Author: "me", Message: "why", Changes: []string{"ENV WHO=you"},
	})
	if err != nil || made.ID == "" {
		t.Fatalf("got %+v, %v", made, err)
	}
	_, o := f.runNamed(t, core.RunRequest{Image: image, Shell: true, Command: core.Command{Text: "cat /kept; echo $WHO"}}, nil)
	o.want(t, 0, "kept\nyou\n", "")
	for _, wrong := range []core.ContainerCommitRequest{
		{Container: box, Image: "No Name"},
		{Container: box, Image: "a@sha256:0000000000000000000000000000000000000000000000000000000000000000"},
		{Container: box, Changes: []string{"RUN true"}},
		{Container: ""},
	} {
		_, err := f.ContainerCommit(t.Context(), wrong)
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, err = f.ContainerCommit(t.Context(), core.ContainerCommitRequest{Container: f.name(t)})
	wantKind(t, err, core.KindContainerNotFound)
}

func testExport(t *testing.T, f *fixture) {
	box := f.sleeper(t)
	f.exec(t, box, "sh", "-c", "echo kept >/kept").want(t, 0, "", "")
	var streamed bytes.Buffer
	result, err := f.ContainerExport(t.Context(), core.ContainerExportRequest{Container: box}, core.Streams{Stdout: &streamed})
	if err != nil || result.Bytes != int64(streamed.Len()) {
		t.Fatalf("got %+v of %d bytes, %v", result, streamed.Len(), err)
	}
	if kept := fileInTar(t, &streamed, "kept"); kept != "kept\n" {
		t.Errorf("got %q", kept)
	}
	path := filepath.Join(t.TempDir(), "box.tar")
	export := func(container, path string) error {
		_, err := f.ContainerExport(t.Context(), core.ContainerExportRequest{Container: container, Path: path}, core.Streams{})
		return err
	}
	wantKind(t, export(f.name(t), path), core.KindContainerNotFound)
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if err := export(box, path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if kept := fileInTar(t, file, "kept"); kept != "kept\n" {
		t.Errorf("got %q", kept)
	}
	wantKind(t, export(box, filepath.Join(path, "no", "folder")), core.KindPathNotFound)
}

// fileInTar is the content of a file in an archive that is whole.
func fileInTar(t *testing.T, r io.Reader, name string) string {
	t.Helper()
	content := ""
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return content
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Name == name {
			data, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			content = string(data)
		}
	}
}
