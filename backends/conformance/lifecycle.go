package conformance

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var lifecycleTests = []test{
	{"stop, start, restart, kill, remove", testLifecycle},
	{"stop by another signal", testStopSignal},
	{"names are exact", testNames},
	{"rename", testRename},
	{"wait gives the exit code", testWait},
	{"wait until running", testWaitUntilRunning},
	{"resize", testResize},
	{"inspect", testInspect},
	{"list", testList},
}

func testLifecycle(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	ctx, c, zero := t.Context(), core.ContainerRequest{Container: name}, 0
	step := func(what string, err error, status string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := f.state(t, name).Status; got != status {
			t.Fatalf("%s: it is %q; want %q", what, got, status)
		}
	}
	step("stop", f.Stop(ctx, core.StopRequest{Container: name}), "exited")
	step("stop again", f.Stop(ctx, core.StopRequest{Container: name}), "exited")
	step("start", f.Start(ctx, c), "running")
	step("start again", f.Start(ctx, c), "running")
	step("restart", f.Restart(ctx, core.StopRequest{Container: name, Timeout: &zero}), "running")
	wantKind(t, f.Remove(ctx, core.RemoveRequest{Container: name}), core.KindConflict)
	wantKind(t, f.Kill(ctx, core.KillRequest{Container: name, Signal: "no signal"}), core.KindInvalidArgument)
	wantKind(t, f.Kill(ctx, core.KillRequest{Container: name, Signal: "SIGWRONG"}), core.KindInvalidArgument)
	if err := f.Kill(ctx, core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if w, err := f.Wait(ctx, c); err != nil || w.ExitCode != 137 {
		t.Errorf("wait: %+v, %v", w, err)
	}
	wantKind(t, f.Kill(ctx, core.KillRequest{Container: name}), core.KindContainerNotRunning)
	if err := f.Remove(ctx, core.RemoveRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if f.state(t, name).Exists {
		t.Error("it exists")
	}
	wrong := -2
	wantKind(t, f.Stop(ctx, core.StopRequest{Container: name, Timeout: &wrong}), core.KindInvalidArgument)
}

func testStopSignal(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-d"}, Shell: true, Command: core.Command{Text: "trap 'exit 42' USR1; while :; do sleep 0.1; done"}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	zero := 0
	err := f.Stop(t.Context(), core.StopRequest{Container: name, Signal: "USR1"})
	if core.KindOf(err) == core.KindInvalidArgument && strings.Contains(err.Error(), "API version 1.42") && f.harness.API == "1.41" {
		err = f.Stop(t.Context(), core.StopRequest{Container: name, Timeout: &zero})
		if err != nil || f.state(t, name).Running {
			t.Errorf("got %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	// The trap may not be set yet; then the signal ends it.
	if w, err := f.Wait(t.Context(), core.ContainerRequest{Container: name}); err != nil || (w.ExitCode != 42 && w.ExitCode != 138 && w.ExitCode != 137) {
		t.Errorf("got %+v, %v", w, err)
	}
}

func testNames(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	id := f.state(t, name).ID
	for _, text := range []string{name, "/" + name, id, id[:12], id[:20]} {
		if s := f.state(t, text); !s.Exists || !s.Running || s.ID != id {
			t.Errorf("%q: %+v", text, s)
		}
	}
	for _, text := range []string{name[:len(name)-1], id[:11], "mlng conf", "x" + name} {
		if s := f.state(t, text); s.Exists {
			t.Errorf("%q: %+v", text, s)
		}
	}
	for _, text := range []string{"", "/", " ", "a/b", "..", ".", "a\x00b", "a\nb", "a/../" + name} {
		_, err := f.State(t.Context(), core.ContainerRequest{Container: text})
		wantKind(t, err, core.KindInvalidArgument)
		wantKind(t, f.Stop(t.Context(), core.StopRequest{Container: text}), core.KindInvalidArgument)
		wantKind(t, f.exec(t, text, "true").err, core.KindInvalidArgument)
		_, err = f.Inspect(t.Context(), core.ContainerRequest{Container: text})
		wantKind(t, err, core.KindInvalidArgument)
		wantKind(t, f.MkdirIn(t.Context(), core.MkdirInRequest{Container: text, Path: "/x"}), core.KindInvalidArgument)
	}
}

func testRename(t *testing.T, f *fixture) {
	from, to := f.sleeper(t), f.name(t)
	if err := f.Rename(t.Context(), core.RenameRequest{Container: from, Name: to}); err != nil {
		t.Fatal(err)
	}
	if f.state(t, from).Exists || !f.state(t, to).Exists {
		t.Error("not renamed")
	}
	wantKind(t, f.Rename(t.Context(), core.RenameRequest{Container: to, Name: ""}), core.KindInvalidArgument)
	wantKind(t, f.Rename(t.Context(), core.RenameRequest{Container: to, Name: "no name!"}), core.KindInvalidArgument)
	wantKind(t, f.Rename(t.Context(), core.RenameRequest{Container: to, Name: f.shared(t)}), core.KindConflict)
}

func testWait(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-d", "-i"}, Shell: true, Command: core.Command{Text: "mkfifo /go; cat /go; exit 6"}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	done := goes(func() core.WaitResult {
		w, err := f.Wait(t.Context(), core.ContainerRequest{Container: name})
		if err != nil {
			t.Error(err)
		}
		return w
	})
	f.exec(t, name, "sh", "-c", "until [ -p /go ]; do :; done; echo >/go").want(t, 0, "", "")
	if w := await(t, done, "the end"); w.ExitCode != 6 {
		t.Errorf("got %+v", w)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := goes(func() error { _, err := f.Wait(ctx, core.ContainerRequest{Container: f.shared(t)}); return err })
	cancel()
	wantKind(t, await(t, waiting, "the end of a cancelled wait"), core.KindCancelled)
}

func testWaitUntilRunning(t *testing.T, f *fixture) {
	name := f.name(t)
	wait := func() <-chan error {
		return goes(func() error { return f.WaitUntilRunning(t.Context(), core.ContainerRequest{Container: name}) })
	}
	before := wait()
	_, err := f.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{"-d", "--name", name}, Command: core.Command{Text: "sleep 600"}}, core.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	if err := await(t, before, "the start"); err != nil {
		t.Error(err)
	}
	if err := await(t, wait(), "a container that runs"); err != nil {
		t.Error(err)
	}
	zero := 0
	if err := f.Stop(t.Context(), core.StopRequest{Container: name, Timeout: &zero}); err != nil {
		t.Fatal(err)
	}
	again := wait()
	if err := f.Start(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if err := await(t, again, "the second start"); err != nil {
		t.Error(err)
	}
	// A name that comes by renaming.
	name = f.name(t)
	renamed := wait()
	if err := f.Rename(t.Context(), core.RenameRequest{Container: f.sleeper(t), Name: name}); err != nil {
		t.Fatal(err)
	}
	if err := await(t, renamed, "the new name"); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantKind(t, f.WaitUntilRunning(ctx, core.ContainerRequest{Container: f.name(t)}), core.KindCancelled)
}

func testResize(t *testing.T, f *fixture) {
	name := f.name(t)
	out := WatchFor("41 123")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	started := make(chan struct{}, 1)
	done := goes(func() error {
		_, err := f.Run(ctx, core.RunRequest{
			Image: busybox, Options: []string{"-t", "--rm", "--name", name}, Shell: true,
			Command: core.Command{Text: "trap 'stty size' WINCH; while :; do sleep 0.05; stty size; done"},
		}, core.Streams{Stdout: out, Event: func(any) { started <- struct{}{} }})
		return err
	})
	await(t, started, "the start")
	if err := f.WaitUntilRunning(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if err := f.Resize(t.Context(), core.ResizeRequest{Container: name, Rows: 41, Columns: 123}); err != nil {
		t.Fatal(err)
	}
	out.Await(t)
	cancel()
	wantKind(t, await(t, done, "the end"), core.KindCancelled)
	wantKind(t, f.Resize(t.Context(), core.ResizeRequest{Container: name}), core.KindInvalidArgument)
}

func testInspect(t *testing.T, f *fixture) {
	name := f.sleeper(t, "--label", "a=b")
	info := f.inspect(t, name)
	labels := info["Config"].(map[string]any)["Labels"].(map[string]any)
	if info["Name"] != "/"+name || labels["a"] != "b" {
		t.Errorf("got %v", info)
	}
}

func testList(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	rows, err := f.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range rows {
		row := map[string]string{}
		_ = json.Unmarshal(raw, &row)
		if row["Names"] == name {
			if row["State"] != "running" || row["Image"] != busybox || len(row["ID"]) != 12 || !strings.HasPrefix(row["Status"], "Up") {
				t.Errorf("got %s", raw)
			}
			return
		}
	}
	t.Errorf("%s is not in %d rows", name, len(rows))
}
