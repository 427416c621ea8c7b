package ssh

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// lostOn returns a client of the current engine behind a proxy.
func lostOn(t testing.TB, change func(*core.OpenRequest)) (*Client, *proxy, *engine.Engine) {
	t.Helper()
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	client, p := clientBehind(t, state, state.SSHD(t, "sshd").Port, on, change)
	return client, p, direct(t, on)
}

// runName is a container's name; what bears it is removed with the test.
func runName(t testing.TB, e *engine.Engine) string {
	t.Helper()
	name := "mlng-fault-" + uuid.NewString()
	t.Cleanup(func() { removeContainer(t, e, name) })
	return name
}

func running(t testing.TB, e *engine.Engine, name string) bool {
	t.Helper()
	state, err := e.State(t.Context(), core.ContainerRequest{Container: name})
	if err != nil {
		t.Fatal(err)
	}
	return state.Running
}

func detail(t testing.TB, err error, key string) any {
	t.Helper()
	known, ok := err.(*core.Error)
	if !ok {
		t.Fatalf("error %v", err)
	}
	return known.Details[key]
}

func TestLogsThatCannotGiveTheRest(t *testing.T) {
	tests := []struct {
		name, script string
		options      []string
		says         string
	}{
		{"none", "", []string{"--log-driver", "none"}, "log driver is none"},
		{"rotated", "seq 1 10000; ", []string{"--log-driver", "local", "--log-opt", "max-size=10k", "--log-opt", "max-file=1", "--log-opt", "compress=false"}, "rotated"},
		{"no UTF-8 in json-file", "", []string{"--log-driver", "json-file"}, "not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, p, e := lostOn(t, nil)
			name := runName(t, e)
			begun := conformance.WatchFor("begin 0")
			done := make(chan error, 1)
			c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
				s.Stdout = begun
				script := tt.script + `echo begin 0; until [ -e /go ]; do sleep 0.05; done; printf '\377\376\n'; sleep 600`
				result, err := client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Shell: true, Command: core.Command{Text: script}, Options: append(tt.options, "--name", name)}, s)
				done <- err
				return result, err
			})
			begun.Await(t)
			p.cut()
			waitDown(t, client.host)
			if _, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Text: "touch /go"}}, core.Streams{}); err != nil {
				t.Fatal(err)
			}
			p.mend()
			c.wait()
			checkError(t, <-done, core.KindConnectionLost, tt.says)
			if detail(t, c.failure, "may_still_run") != true || detail(t, c.failure, "container_id") == nil {
				t.Errorf("details of %#v", c.failure)
			}
			if !running(t, e, name) {
				t.Error("the container was ended")
			}
		})
	}
}

func TestRunIsByteExact(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := runName(t, e)
	hash := sha256.New()
	var sums bytes.Buffer
	c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		const script = `dd if=/dev/urandom of=/f bs=1k count=400 2>/dev/null; i=0
			while [ $i -lt 40 ]; do dd if=/f bs=10k skip=$i count=1 2>/dev/null; i=$((i+1)); sleep 0.1; done; sha256sum /f >&2`
		s.Stdout, s.Stderr = io.MultiWriter(hash, s.Stdout), &sums
		return client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Shell: true, Command: core.Command{Text: script}, Options: []string{"--name", name}}, s)
	})
	<-c.started
	cutEvery(t, c, p, time.Second)
	c.wait()
	if c.failure != nil || c.result.ExitCode != 0 || !strings.HasPrefix(sums.String(), hex.EncodeToString(hash.Sum(nil))) {
		t.Errorf("ended with %+v, %v; %s", c.result, c.failure, sums.String())
	}
}

func TestRunWithATerminal(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := runName(t, e)
	var out bytes.Buffer
	c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		s.Stdout = io.MultiWriter(&out, s.Stdout)
		return client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Command: counting(60, "0.05"), Options: []string{"-t", "--name", name}}, s)
	})
	<-c.started
	cutEvery(t, c, p, time.Second)
	c.wait()
	lines := strings.Split(strings.TrimSpace(out.String()), "\r\n")
	if c.failure != nil || c.result.ExitCode != 7 || len(lines) != 120 || lines[119] != "err 59" {
		t.Errorf("ended with %+v, %v; %d lines, %q", c.result, c.failure, len(lines), lines[len(lines)-1])
	}
}

func TestRunThatStillTakesInput(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := runName(t, e)
	input, write := io.Pipe()
	defer write.Close()
	c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		s.Stdin = input
		return client.Run(ctx, core.RunRequest{Image: "mlng-busybox", Command: core.Command{Text: "cat"}, Options: []string{"-i", "--name", name}}, s)
	})
	if _, err := io.WriteString(write, "out 0\n"); err != nil {
		t.Fatal(err)
	}
	c.out.reach(t, 0)
	p.cut()
	p.mend()
	c.wait()
	checkError(t, c.failure, core.KindConnectionLost, "input")
	if running(t, e, name) {
		t.Error("the container goes on with half its input")
	}
}

func TestRunThatIsNeverReachedAgain(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, func(r *core.OpenRequest) { r.ReconnectTimeoutSeconds = 1 })
	name := runName(t, e)
	c := startRun(t, client, name, 10000, "0.05")
	c.out.reach(t, 3)
	p.cut()
	c.wait()
	checkError(t, c.failure, core.KindConnectionLost, "may still run", "refuses")
	if detail(t, c.failure, "may_still_run") != true || !running(t, e, name) {
		t.Errorf("details of %#v", c.failure)
	}
}

func TestCancelOfARunWhileDisconnected(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := runName(t, e)
	c := startRun(t, client, name, 10000, "0.05", "--rm")
	c.out.reach(t, 3)
	p.cut()
	waitDown(t, client.host)
	c.cancel()
	c.wait()
	checkError(t, c.failure, core.KindCancelled, "may still run")
	p.mend() // and the client ends it as soon as it can
	if _, err := e.Wait(timeout(t), core.ContainerRequest{Container: name}); err != nil && core.KindOf(err) != core.KindContainerNotFound {
		t.Error(err)
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	t.Parallel()
	client, _, e := lostOn(t, nil)
	c := startRun(t, client, runName(t, e), 10000, "0.05")
	c.out.reach(t, 3)
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	c.wait()
	checkError(t, c.failure, core.KindClientClosed)
}
