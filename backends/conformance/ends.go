package conformance

import (
	"context"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var endTests = []test{
	{"a cancelled run is killed", testCancelRun},
	{"a cancelled run with --rm is removed", testCancelRunRemoves},
	{"a run that takes too long is killed", testRunTimeout},
	{"a cancelled exec ends with its children", testCancelExec},
	{"an exec that takes too long ends with its children", testExecTimeout},
	{"an exec can be signalled", testExecSignal},
	{"an exec ends with its container", testExecContainerRemoved},
	{"nothing is left of runs cancelled at any moment", testCancelAnywhere},
}

// stubborn ignores SIGTERM, and so do its children in sessions of their own.
const stubborn = `trap '' TERM INT HUP; setsid sh -c "trap '' TERM; sleep 611" & (sleep 612) & echo ready; sleep 613`

// startStubborn runs it until ctx ends and gives what it ends with.
func (f *fixture) startStubborn(t *testing.T, do func(s core.Streams) error) <-chan error {
	t.Helper()
	out := WatchFor("ready")
	done := goes(func() error { return do(core.Streams{Stdout: out}) })
	out.Await(t)
	return done
}

// awaitGone waits until no process of the container has the text in its command.
func (f *fixture) awaitGone(t *testing.T, name, text string) {
	t.Helper()
	// The pattern does not match itself.
	script := `while cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -q "$1"; do :; done`
	f.exec(t, name, "timeout", "150", "sh", "-c", script, "sh", "["+text[:1]+"]"+text[1:]).want(t, 0, "", "")
}

func testCancelRun(t *testing.T, f *fixture) {
	name := f.name(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := f.startStubborn(t, func(s core.Streams) error {
		_, err := f.Run(ctx, core.RunRequest{Image: busybox, Options: []string{"--name", name}, Shell: true, Command: core.Command{Text: stubborn}}, s)
		return err
	})
	cancel()
	wantKind(t, await(t, done, "the end of a cancelled run"), core.KindCancelled)
	if s := f.state(t, name); !s.Exists || s.Running {
		t.Errorf("got %+v", s)
	}
}

func testCancelRunRemoves(t *testing.T, f *fixture) {
	name := f.name(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := f.startStubborn(t, func(s core.Streams) error {
		_, err := f.Run(ctx, core.RunRequest{Image: busybox, Options: []string{"--rm", "--name", name}, Shell: true, Command: core.Command{Text: stubborn}}, s)
		return err
	})
	cancel()
	wantKind(t, await(t, done, "the end of a cancelled run"), core.KindCancelled)
	if s := f.state(t, name); s.Exists {
		t.Errorf("got %+v", s)
	}
}

func testRunTimeout(t *testing.T, f *fixture) {
	name := f.name(t)
	_, err := f.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{"--rm", "--name", name}, Shell: true, Command: core.Command{Text: stubborn}, TimeoutSeconds: 1}, core.Streams{})
	wantKind(t, err, core.KindOperationTimeout)
	if s := f.state(t, name); s.Exists {
		t.Errorf("got %+v", s)
	}
}

func testCancelExec(t *testing.T, f *fixture) {
	for _, user := range []string{"root", "worker"} {
		t.Run(user, func(t *testing.T) {
			name := f.sleeper(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := f.startStubborn(t, func(s core.Streams) error {
				_, err := f.Exec(ctx, core.ExecRequest{Container: name, Options: []string{"-u", user}, Shell: true, Command: core.Command{Text: stubborn}}, s)
				return err
			})
			cancel()
			wantKind(t, await(t, done, "the end of a cancelled exec"), core.KindCancelled)
			f.awaitGone(t, name, "sleep 61")
			if !f.state(t, name).Running {
				t.Error("the container ended too")
			}
		})
	}
}

func testExecTimeout(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	_, err := f.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: stubborn}, TimeoutSeconds: 1}, core.Streams{})
	wantKind(t, err, core.KindOperationTimeout)
	f.awaitGone(t, name, "sleep 61")
}

func testExecSignal(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	started := make(chan core.StartedEvent, 1)
	out := WatchFor("ready")
	done := goes(func() outcome {
		result, err := f.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done"}}, core.Streams{
			Stdout: out, Event: func(event any) {
				if s, ok := event.(core.StartedEvent); ok {
					started <- s
				}
			},
		})
		return outcome{CommandResult: result, err: err}
	})
	id := await(t, started, "the start").ExecID
	out.Await(t)
	if err := f.ExecSignal(t.Context(), core.ExecSignalRequest{Container: name, ExecID: id, Signal: "SIGUSR1"}); err != nil {
		t.Fatal(err)
	}
	await(t, done, "the end of a signalled exec").want(t, 9, "", "")
	wantKind(t, f.ExecSignal(t.Context(), core.ExecSignalRequest{Container: name, ExecID: id, Signal: "no signal"}), core.KindInvalidArgument)
	wantKind(t, f.ExecSignal(t.Context(), core.ExecSignalRequest{Container: name, ExecID: "x", Signal: "TERM"}), core.KindInvalidArgument)
}

func testExecContainerRemoved(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	done := f.startStubborn(t, func(s core.Streams) error {
		result, err := f.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: stubborn}}, s)
		if err == nil && result.ExitCode == 0 {
			t.Error("an exec whose container was removed ended well")
		}
		return err
	})
	if err := f.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
		t.Fatal(err)
	}
	err := await(t, done, "the end of an exec whose container was removed")
	if kind := core.KindOf(err); err != nil && kind != core.KindContainerNotFound && kind != core.KindContainerNotRunning {
		t.Errorf("got %s: %v", kind, err)
	}
}

// testCancelAnywhere ends runs after each of their first events, and at once.
func testCancelAnywhere(t *testing.T, f *fixture) {
	for range 5 {
		name := f.name(t)
		ctx, cancel := context.WithCancel(t.Context())
		s := core.Streams{Event: func(any) { cancel() }}
		_, err := f.Run(ctx, core.RunRequest{Image: busybox, Options: []string{"--name", name, "--rm"}, Command: core.Command{Text: "sleep 600"}}, s)
		cancel()
		wantKind(t, err, core.KindCancelled)
		if f.state(t, name).Exists {
			t.Error("the container stays behind")
		}
	}
	name := f.name(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Run(ctx, core.RunRequest{Image: busybox, Options: []string{"--name", name, "--rm"}, Command: core.Command{Text: "sleep 600"}}, core.Streams{})
	wantKind(t, err, core.KindCancelled)
	if f.state(t, name).Exists {
		t.Error("the container stays behind")
	}
}
