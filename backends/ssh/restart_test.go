package ssh

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

const root = "../.."

// restarted starts a run that prints until it is let go, and restarts its engine under it.
func restarted(t *testing.T, part, action string) (e *engine.Engine, name string, c *counted) {
	t.Helper()
	bed.Alone(t, part)
	state := bed.Load(t)
	on := state.Engine(t, part)
	client, _ := clientBehind(t, state, state.SSHD(t, "sshd").Port, on, nil)
	e = direct(t, on)
	name = runName(t, e)
	c = startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Command: endless("0.05"), Options: []string{"--name", name}}, s)
	})
	c.out.reach(t, 10)
	bed.Control(t, root, action, part)
	if action == "kill" {
		bed.Control(t, root, "start", part)
	}
	return e, name, c
}

func TestEngineRestartedWithLiveRestore(t *testing.T) {
	t.Parallel()
	e, name, c := restarted(t, "engine-live", "restart")
	letGo(t, e, name)
	c.wait()
	c.lines = printed(t, e, name)
	c.whole()
}

// TestRunThatEndsWhileItsEngineIsAway has lines that the engine loses: it reads no output of
// containers that ended before it was back. The process ends when it is told to, since an engine
// takes its time to stop.
func TestRunThatEndsWhileItsEngineIsAway(t *testing.T) {
	t.Parallel()
	const part = "engine-live"
	bed.Alone(t, part)
	state := bed.Load(t)
	on := state.Engine(t, part)
	client, _ := clientBehind(t, state, state.SSHD(t, "sshd").Port, on, nil)
	e := direct(t, on)
	name := runName(t, e)
	const lines = 3000
	command := counting(lines, "0.1")
	command.Argv[2] = "trap 'exit 7' TERM; " + command.Argv[2]
	c := startCounted(t, lines, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Command: command, Options: []string{"--name", name}}, s)
	})
	c.out.reach(t, 5)
	info, err := e.API().ContainerInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	bed.Control(t, root, "stop", part)
	if err := unix.Kill(info.State.Pid, unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	awaitProcessEnd(t, info.State.Pid)
	bed.Control(t, root, "start", part)
	c.wait()
	if c.failure != nil || c.result.ExitCode != 7 {
		t.Fatalf("%+v, %v", c.result, c.failure)
	}
	if len(c.warnings) != 1 || !strings.Contains(c.warnings[0], "may be missing") {
		t.Errorf("warnings %q", c.warnings)
	}
}

// TestStartWhoseEngineIsRestarted kills the engine before the request for the start leaves,
// so that the container never ran. That cannot be told from one that ran before the engine
// wrote down that it did, and so it is not started.
func TestStartWhoseEngineIsRestarted(t *testing.T) {
	t.Parallel()
	const part = "engine-live"
	bed.Alone(t, part)
	state := bed.Load(t)
	on := state.Engine(t, part)
	lost := &trap{request: regexp.MustCompile("POST .*/start"), sprung: make(chan struct{})}
	lost.left.Store(1)
	lost.open.Store(1)
	lost.lose = func() {
		bed.Control(t, root, "kill", part)
		bed.Control(t, root, "start", part)
	}
	e := direct(t, on)
	name := runName(t, e)
	c := startRun(t, trappedEngine(t, lost, dialUnix(on.Socket)), name, 20, "0.01")
	c.wait()
	checkError(t, c.failure, core.KindConnectionLost, "restarted", "not started a second time")
	if s, err := e.State(t.Context(), core.ContainerRequest{Container: name}); err != nil || s.Exists {
		t.Errorf("got %+v, %v", s, err)
	}
}

// awaitProcessEnd waits for the end of any process of this machine.
func awaitProcessEnd(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(longest.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n != 1 || err != nil {
			t.Fatalf("process %d has not ended: %v", pid, err)
		}
		return
	}
}

// TestCallOverStdioWaitsForARestartedEngine is about the command on the host that reaches the
// engine where sshd forwards nothing: it starts, and then reaches none.
func TestCallOverStdioWaitsForARestartedEngine(t *testing.T) {
	t.Parallel()
	const part = "engine-victim"
	bed.Alone(t, part)
	state := bed.Load(t)
	on := state.Engine(t, part)
	client := openClient(t, writeConfig(t, configFor(state.SSHD(t, "sshd-noforward"), "mlng")), on.Socket, nil)
	if _, err := client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	bed.Control(t, root, "kill", part)
	listed := make(chan error, 1)
	guard.Go(func() {
		_, err := client.List(t.Context())
		listed <- err
	}, nil)
	bed.Control(t, root, "start", part)
	if err := <-listed; err != nil {
		t.Error(err)
	}
}

func TestEngineRestarted(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"restart", "kill"} {
		t.Run(action, func(t *testing.T) {
			_, _, c := restarted(t, "engine-victim", action)
			c.wait()
			// An engine that ends in order ends its containers while it still answers:
			// then the exit code is all there is, as with docker's own command.
			if action == "restart" && c.failure == nil && c.result.ExitCode == 137 {
				return
			}
			checkError(t, c.failure, core.KindEngineError, "restarted", "live-restore")
			if detail(t, c.failure, "exit_code") == nil || detail(t, c.failure, "container_id") == nil {
				t.Errorf("details of %#v", c.failure)
			}
		})
	}
}
