package ssh

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// longest bounds what should take a moment, so that a hanging test says where.
const longest = 8 * time.Minute

// numbered takes an output of numbered lines and compares each with the one due.
type numbered struct {
	mu     sync.Mutex
	prefix string
	next   int
	rest   []byte
	total  int64
	wrong  string
	grew   chan struct{} // closed at the next line
}

func newNumbered(prefix string) *numbered {
	return &numbered{prefix: prefix, grew: make(chan struct{})}
}

func (n *numbered) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rest = append(n.rest, p...)
	n.total += int64(len(p))
	for {
		line, rest, whole := bytes.Cut(n.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		if want := fmt.Sprintf("%s %d", n.prefix, n.next); n.wrong == "" && string(line) != want {
			n.wrong = fmt.Sprintf("line %q where %q was due", line, want)
		}
		n.next++
		n.rest = append([]byte(nil), rest...)
		close(n.grew)
		n.grew = make(chan struct{})
	}
}

// bytes is how much has come.
func (n *numbered) bytes() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.total
}

// lines is how many have come.
func (n *numbered) lines() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.next
}

// reach waits for the line with a number.
func (n *numbered) reach(t testing.TB, number int) {
	t.Helper()
	late := time.After(longest)
	for {
		n.mu.Lock()
		next, grew := n.next, n.grew
		n.mu.Unlock()
		if next > number {
			return
		}
		select {
		case <-grew:
		case <-late:
			t.Fatalf("line %d of %q did not come; %d lines did", number, n.prefix, next)
		}
	}
}

// check fails unless exactly so many lines came, in order.
func (n *numbered) check(t testing.TB, lines int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wrong != "" || n.next != lines || len(n.rest) > 0 {
		t.Errorf("%q: got %d lines of %d, %q after them; %s", n.prefix, n.next, lines, n.rest, n.wrong)
	}
}

// counting prints numbered lines to both outputs, with a pause after each, and ends with 7.
// Without a pause it waits after half of its lines until letGo is called, however late.
func counting(lines int, pause string) core.Command {
	if pause == "" {
		return core.Command{Argv: []string{"sh", "-c", `i=0; while [ $i -lt $1 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); [ $i != $2 ] || until [ -e /go ]; do sleep 0.05; done; done; exit 7`,
			"sh", fmt.Sprint(lines), fmt.Sprint(lines / 2)}}
	}
	return core.Command{Argv: []string{"sh", "-c", `i=0; while [ $i -lt $1 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); [ $2 = 0 ] || sleep $2; done; exit 7`,
		"sh", fmt.Sprint(lines), pause}}
}

// endless prints numbered lines as counting does, until letGo is called; printed is how many.
func endless(pause string) core.Command {
	return core.Command{Argv: []string{"sh", "-c", `i=0; until [ -e /go ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); sleep $1; done; echo $i >/printed; exit 7`, "sh", pause}}
}

// letGo lets go on what waits for it in a container.
func letGo(t testing.TB, e *engine.Engine, name string) {
	t.Helper()
	inside(t, e, name, "touch /go")
}

// printed is how many lines endless has printed in a container that has ended.
func printed(t testing.TB, e *engine.Engine, name string) (lines int) {
	t.Helper()
	var text bytes.Buffer
	at := core.FileRequest{Container: name, Path: "/printed"}
	_, err := e.ReadFile(t.Context(), core.ReadFileRequest{FileRequest: at}, core.Streams{Stdout: &text})
	if err == nil {
		_, err = fmt.Sscan(text.String(), &lines)
	}
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// counted is a process under way that prints numbered lines.
type counted struct {
	t        testing.TB
	lines    int
	out, err *numbered
	cancel   context.CancelFunc
	started  chan core.StartedEvent
	done     chan struct{}
	result   core.CommandResult
	failure  error
	warnings []string
}

func startCounted(t testing.TB, lines int, do func(ctx context.Context, s core.Streams) (core.CommandResult, error)) *counted {
	t.Helper()
	c := &counted{t: t, lines: lines, out: newNumbered("out"), err: newNumbered("err"), started: make(chan core.StartedEvent, 1), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	t.Cleanup(func() { cancel(); <-c.done })
	streams := core.Streams{Stdout: c.out, Stderr: c.err, Event: func(event any) {
		switch event := event.(type) {
		case core.StartedEvent:
			c.started <- event
		case core.WarningEvent:
			c.warnings = append(c.warnings, event.Message)
		}
	}}
	guard.Go(func() {
		defer close(c.done)
		c.result, c.failure = do(ctx, streams)
	}, func(p *guard.Panic) { panic(p) })
	return c
}

func (c *counted) wait() {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(longest + time.Duration(c.lines)*100*time.Millisecond):
		c.t.Fatal("the process does not come to its end")
	}
}

// goesOn waits for a line more than so many, or for the end.
func (c *counted) goesOn(lines int) {
	c.t.Helper()
	late := time.After(longest)
	for {
		c.out.mu.Lock()
		next, grew := c.out.next, c.out.grew
		c.out.mu.Unlock()
		if next > lines {
			return
		}
		select {
		case <-grew:
		case <-c.done:
			return
		case <-late:
			c.t.Fatalf("nothing comes after line %d", lines)
		}
	}
}

// whole fails unless the process ended with 7 after all its lines.
func (c *counted) whole() {
	c.t.Helper()
	c.wait()
	if c.failure != nil || c.result.ExitCode != 7 {
		c.t.Errorf("ended with %d, %v", c.result.ExitCode, c.failure)
	}
	c.out.check(c.t, c.lines)
	c.err.check(c.t, c.lines)
}

// clientBehind returns a client whose wire to the sshd at a port the test can hurt.
func clientBehind(t testing.TB, state bed.State, port int, on bed.Engine, change func(*core.OpenRequest)) (*Client, *proxy) {
	t.Helper()
	p := newProxy(t, state, port)
	return clientBy(t, state, p.port, on, change), p
}

// clientBy returns a client that reaches the sshd by another port.
func clientBy(t testing.TB, state bed.State, port int, on bed.Engine, change func(*core.OpenRequest)) *Client {
	t.Helper()
	part := state.SSHD(t, "sshd")
	known := fmt.Sprintf("HostKeyAlias [127.0.0.1]:%d", part.Port)
	return openClient(t, writeConfig(t, configFor(part, "mlng", known, fmt.Sprintf("Port %d", port))), on.Socket, change)
}

func openClient(t testing.TB, config, socket string, change func(*core.OpenRequest)) *Client {
	t.Helper()
	target, err := core.ParseTarget("ssh://mlng" + socket)
	if err != nil {
		t.Fatal(err)
	}
	req := patient(target.Text, config)
	req.Environ, req.Owner = environ(t), core.Owner{Host: "here", PID: 1, Start: 1}
	if change != nil {
		change(&req)
	}
	client, err := Open(t.Context(), target, req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client.(*Client)
}

// direct is a client of the engine without SSH, to look at what a test did.
func direct(t testing.TB, on bed.Engine) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Options{
		Target: on.Host, DaemonHost: on.Host, Dial: dialUnix(on.Socket), Open: patient(on.Host, ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func labelled(t testing.TB, e *engine.Engine, label string) (ids []string) {
	t.Helper()
	found, err := e.API().ContainerList(t.Context(), container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label))})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range found {
		ids = append(ids, one.ID)
	}
	return ids
}

func removeContainer(t testing.TB, e *engine.Engine, name string) {
	t.Helper()
	err := e.Remove(context.Background(), core.RemoveRequest{Container: name, Force: true, Volumes: true})
	if err != nil && core.KindOf(err) != core.KindContainerNotFound {
		t.Errorf("%s stays behind: %v", name, err)
	}
}
