package conformance

import (
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// moreContainerTests are about containers beyond their life.
var moreContainerTests = []test{
	{"pause and unpause", testPause},
	{"top", testTop},
	{"diff", testDiff},
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
	top, err := f.ContainerTop(t.Context(), core.ContainerTopRequest{Container: o.ContainerID, Arguments: []string{"-eo", "pid,comm"}})
	if err != nil || !slices.Equal(top.Titles, []string{"PID", "COMMAND"}) || len(top.Processes) != 1 || top.Processes[0][1] != "sleep" {
		t.Errorf("got %+v, %v", top, err)
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
