package ssh

import (
	"bytes"
	"context"
	"strconv"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// printing starts a container that prints numbered lines up to half, and the others
// when told to go on.
func printing(t testing.TB, e *engine.Engine, half, lines int, options ...string) (name string, goOn func()) {
	t.Helper()
	name = runName(t, e)
	script := `mkfifo /go; count() { while [ $i -lt $1 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done; }; i=0; count $1; cat /go; count $2`
	_, err := e.Run(t.Context(), core.RunRequest{
		Image: "mlng-busybox", Options: append(options, "-d", "--name", name),
		Command: core.Command{Argv: []string{"sh", "-c", script, "sh", strconv.Itoa(half), strconv.Itoa(lines)}},
	}, core.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	return name, func() { inside(t, e, name, "echo -n >/go") }
}

// followLog reads a log as it grows, for counted.
func followLog(t testing.TB, client core.DockerClient, lines int, req core.LogsRequest) *counted {
	t.Helper()
	req.Follow = true
	return startCounted(t, lines, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return core.CommandResult{}, client.Logs(ctx, req, s)
	})
}

// endDown cuts the connection, and mends it when the container has gone on and ended.
func endDown(t *testing.T, client *Client, p *proxy, e *engine.Engine, name string, goOn func()) {
	t.Helper()
	p.cut()
	waitDown(t, client.host)
	goOn()
	if _, err := e.Wait(timeout(t), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	p.mend()
}

// TestFollowedLogGoesOn loses the connection three times: while the log grows, while nothing
// comes, and until the container has ended.
func TestFollowedLogGoesOn(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name, goOn := printing(t, e, 2000, 4000)
	c := followLog(t, client, 4000, core.LogsRequest{Container: name})
	c.out.reach(t, 20)
	p.cut()
	waitDown(t, client.host)
	p.mend()
	c.out.reach(t, 1999)
	c.err.reach(t, 1999)
	endDown(t, client, p, e, name, goOn)
	c.wait()
	if c.failure != nil {
		t.Error(c.failure)
	}
	c.out.check(t, 4000)
	c.err.check(t, 4000)
}

// TestFollowedLogWithTimestamps compares every byte with what the engine has.
func TestFollowedLogWithTimestamps(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name, goOn := printing(t, e, 10, 20)
	got, errGot := conformance.WatchFor("out 9\n"), conformance.WatchFor("err 9\n")
	c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return core.CommandResult{}, client.Logs(ctx, core.LogsRequest{Container: name, Follow: true, Timestamps: true, Since: "1h"}, core.Streams{Stdout: got, Stderr: errGot})
	})
	got.Await(t)
	errGot.Await(t)
	p.cut()
	waitDown(t, client.host)
	p.mend()
	goOn()
	c.wait()
	var all, errAll bytes.Buffer
	if err := e.Logs(t.Context(), core.LogsRequest{Container: name, Timestamps: true}, core.Streams{Stdout: &all, Stderr: &errAll}); err != nil {
		t.Fatal(err)
	}
	if c.failure != nil || got.String() != all.String() || errGot.String() != errAll.String() || bytes.Count(all.Bytes(), []byte("\n")) != 20 {
		t.Errorf("%v: got %q, the engine has %q", c.failure, got.String(), all.String())
	}
}

// TestFollowedLogThatCannotGoOn says how to go on.
func TestFollowedLogThatCannotGoOn(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name, goOn := printing(t, e, 20, 4000, "--log-driver", "local", "--log-opt", "max-size=10k", "--log-opt", "max-file=1", "--log-opt", "compress=false")
	got := conformance.WatchFor("out 19\n")
	c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return core.CommandResult{}, client.Logs(ctx, core.LogsRequest{Container: name, Follow: true}, core.Streams{Stdout: got})
	})
	got.Await(t)
	endDown(t, client, p, e, name, goOn)
	c.wait()
	checkError(t, c.failure, core.KindConnectionLost, "rotated", "since=")
}
