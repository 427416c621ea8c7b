package conformance

import (
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var errorTests = []test{
	{"no such container", testNoContainer},
	{"container not running", testNotRunning},
	{"no such image", testNoImage},
	{"name in use", testNameInUse},
	{"errors name operation and target", testErrorNames},
}

func testNoContainer(t *testing.T, f *fixture) {
	const name = "mlng-nothing"
	ctx, c := t.Context(), core.ContainerRequest{Container: name}
	_, inspect := f.Inspect(ctx, c)
	_, wait := f.Wait(ctx, c)
	for what, err := range map[string]error{
		"start": f.Start(ctx, c), "stop": f.Stop(ctx, core.StopRequest{Container: name}),
		"restart": f.Restart(ctx, core.StopRequest{Container: name}), "kill": f.Kill(ctx, core.KillRequest{Container: name}),
		"remove": f.Remove(ctx, core.RemoveRequest{Container: name}), "inspect": inspect, "wait": wait,
		"rename": f.Rename(ctx, core.RenameRequest{Container: name, Name: "mlng-other"}),
		"resize": f.Resize(ctx, core.ResizeRequest{Container: name, Rows: 1, Columns: 1}),
		"exec":   f.exec(t, name, "true").err, "mkdir": f.MkdirIn(ctx, core.MkdirInRequest{Container: name, Path: "/x"}),
	} {
		if core.KindOf(err) != core.KindContainerNotFound {
			t.Errorf("%s: got %s: %v", what, core.KindOf(err), err)
		}
	}
	if f.state(t, name).Exists {
		t.Error("it exists")
	}
}

func testNotRunning(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Command: core.Command{Text: "true"}}, nil)
	o.want(t, 0, "", "")
	wantKind(t, f.exec(t, name, "true").err, core.KindContainerNotRunning)
	wantKind(t, f.Kill(t.Context(), core.KillRequest{Container: name}), core.KindContainerNotRunning)
	wantKind(t, f.Resize(t.Context(), core.ResizeRequest{Container: name, Rows: 1, Columns: 1}), core.KindContainerNotRunning)
	if w, err := f.Wait(t.Context(), core.ContainerRequest{Container: name}); err != nil || w.ExitCode != 0 {
		t.Errorf("got %+v, %v", w, err)
	}
}

func testNoImage(t *testing.T, f *fixture) {
	for _, image := range []string{"mlng-none", "mlng-none:v1", "127.0.0.1:1/mlng/none", "sha256:" + strings.Repeat("1", 64)} {
		name, o := f.runNamed(t, core.RunRequest{Image: image, Options: []string{"--pull", "never"}, Command: core.Command{Text: "true"}}, nil)
		wantKind(t, o.err, core.KindImageNotFound)
		if f.state(t, name).Exists {
			t.Error("a container exists")
		}
	}
}

func testNameInUse(t *testing.T, f *fixture) {
	name := f.shared(t)
	_, err := f.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{"--name", name, "--rm"}, Command: core.Command{Text: "true"}}, core.Streams{})
	wantKind(t, err, core.KindConflict)
	if !f.state(t, name).Running {
		t.Error("the container that had the name was ended")
	}
}

func testErrorNames(t *testing.T, f *fixture) {
	err := f.Stop(core.WithOperation(t.Context(), "stop_container"), core.StopRequest{Container: "mlng-nothing"})
	if err == nil || !strings.Contains(err.Error(), "stop_container") || !strings.Contains(err.Error(), "mlng-nothing") {
		t.Errorf("got %v", err)
	}
}
