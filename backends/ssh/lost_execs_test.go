package ssh

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// box starts a container that sleeps.
func box(t testing.TB, e *engine.Engine) string {
	t.Helper()
	name := runName(t, e)
	_, err := e.Run(t.Context(), core.RunRequest{Image: "mlng-busybox", Command: core.Command{Text: "sleep 600"}, Options: []string{"-d", "--init", "--name", name}}, core.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func startExec(t testing.TB, client core.DockerClient, name string, durable bool, lines int, pause string, options ...string) *counted {
	t.Helper()
	return startCounted(t, lines, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		return client.Exec(ctx, core.ExecRequest{Container: name, Command: counting(lines, pause), Durable: durable, Options: options}, s)
	})
}

// inside returns what a command in the container prints.
func inside(t testing.TB, e *engine.Engine, name, script string) string {
	t.Helper()
	var out bytes.Buffer
	_, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: script}}, core.Streams{Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

// alive counts the processes of counting, and of what keeps their output.
func alive(t testing.TB, e *engine.Engine, name string) string {
	return inside(t, e, name, `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -c '[o]ut $i'`)
}

func kept(t testing.TB, e *engine.Engine, name string) string {
	return inside(t, e, name, `ls -d /tmp/.ml_nexus_go* 2>/dev/null | wc -l`)
}

func TestExecIsEndedAfterALoss(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := box(t, e)
	c := startExec(t, client, name, false, 10000, "0.05")
	c.out.reach(t, 3)
	p.cut()
	waitDown(t, client.host)
	p.mend()
	c.endedAfterALoss(t, e, name)
}

// TestExecIsEndedAfterAReset: its connection's reset is no end of its output.
func TestExecIsEndedAfterAReset(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	r := bed.RelayTo(t, fmt.Sprintf("127.0.0.1:%d", state.SSHD(t, "sshd").Port))
	client := clientBy(t, state, r.Port, on, nil)
	e := direct(t, on)
	name := box(t, e)
	c := startExec(t, client, name, false, 10000, "0.05")
	c.out.reach(t, 3)
	r.Reset()
	c.endedAfterALoss(t, e, name)
}

func (c *counted) endedAfterALoss(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	c.wait()
	checkError(t, c.failure, core.KindConnectionLost, "was ended", "lost")
	if detail(t, c.failure, "may_still_run") != false || detail(t, c.failure, "exec_id") == nil {
		t.Errorf("details of %#v", c.failure)
	}
	if n := alive(t, e, name); n != "0" {
		t.Errorf("%s processes go on", n)
	}
}

// lostForGood starts an exec and cuts the connection; it is not mended.
func lostForGood(t *testing.T, durable bool, lines int, pause string) (e *engine.Engine, name string, c *counted) {
	t.Helper()
	client, p, e := lostOn(t, func(r *core.OpenRequest) { r.ReconnectTimeoutSeconds = 1 })
	name = box(t, e)
	c = startExec(t, client, name, durable, lines, pause)
	c.out.reach(t, 3)
	p.cut()
	c.wait()
	return e, name, c
}

func TestExecThatMayStillRun(t *testing.T) {
	t.Parallel()
	e, name, c := lostForGood(t, false, 10000, "0.05")
	checkError(t, c.failure, core.KindConnectionLost, "may still run")
	if detail(t, c.failure, "may_still_run") != true || alive(t, e, name) != "1" {
		t.Errorf("details of %#v", c.failure)
	}
}

func TestExecThatEndedWhileTheConnectionWasDown(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := box(t, e)
	c := startExec(t, client, name, false, 20, "")
	c.out.reach(t, 3)
	p.cut()
	waitDown(t, client.host)
	letGo(t, e, name)
	for alive(t, e, name) != "0" {
	}
	p.mend()
	c.wait()
	checkError(t, c.failure, core.KindConnectionLost, "ended by itself", "exit code")
	if code := detail(t, c.failure, "exit_code"); (code != nil && code != 7) || detail(t, c.failure, "may_still_run") != false {
		t.Errorf("details of %#v", c.failure)
	}
}

func TestDurableExecThroughCuts(t *testing.T) {
	for _, user := range []string{"root", "worker"} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			client, p, e := lostOn(t, nil)
			name := box(t, e)
			c := startExec(t, client, name, true, 60, "0.1", "-u", user)
			c.out.reach(t, 3)
			cutEvery(t, c, p, 2*time.Second)
			c.whole()
			if n := kept(t, e, name); n != "0" {
				t.Errorf("%s folders stay in the container", n)
			}
		})
	}
}

// reattach reads a durable exec's rest by a client that knows its ID only.
func reattach(t testing.TB, e *engine.Engine, name, id string, c *counted) *counted {
	t.Helper()
	from := core.ReattachExecRequest{Container: name, ExecID: id}
	next := startCounted(t, c.lines, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		from.StdoutFrom, from.StderrFrom = c.out.bytes(), c.err.bytes()
		s.Stdout, s.Stderr = c.out, c.err
		return e.ReattachExec(ctx, from, s)
	})
	next.out, next.err = c.out, c.err
	return next
}

func TestDurableExecIsReadOnByAnotherClient(t *testing.T) {
	t.Parallel()
	e, name, c := lostForGood(t, true, 60, "")
	checkError(t, c.failure, core.KindConnectionLost, "reattach_exec")
	id, _ := detail(t, c.failure, "exec_id").(string)
	if id == "" || alive(t, e, name) == "0" {
		t.Errorf("details of %#v", c.failure)
	}
	letGo(t, e, name)
	reattach(t, e, name, id, c).whole()
	_, err := e.ReattachExec(t.Context(), core.ReattachExecRequest{Container: name, ExecID: id}, core.Streams{})
	checkError(t, err, core.KindNotFound, "read to its end before")
}

func TestDurableExecEnds(t *testing.T) {
	tests := []struct {
		name   string
		signal string // "" cancels
		code   int
		kind   core.Kind
	}{
		{"by SIGTERM", "TERM", 143, ""}, {"by SIGKILL", "KILL", 137, ""}, {"cancelled", "", 0, core.KindCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, _, e := lostOn(t, nil)
			name := box(t, e)
			c := startExec(t, client, name, true, 10000, "0.05")
			id := (<-c.started).ExecID
			c.out.reach(t, 3)
			if tt.signal == "" {
				c.cancel()
			} else if err := client.ExecSignal(t.Context(), core.ExecSignalRequest{Container: name, ExecID: id, Signal: tt.signal}); err != nil {
				t.Fatal(err)
			}
			c.wait()
			if core.KindOf(c.failure) != tt.kind || c.result.ExitCode != tt.code {
				t.Errorf("ended with %d, %v", c.result.ExitCode, c.failure)
			}
			if alive(t, e, name) != "0" || kept(t, e, name) != "0" {
				t.Error("something stays in the container")
			}
		})
	}
}

func TestDurableExecNeedsNoInput(t *testing.T) {
	t.Parallel()
	client, _, e := lostOn(t, nil)
	name := box(t, e)
	for _, option := range []string{"-t", "-d", "-i"} {
		_, err := client.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Text: "true"}, Durable: true, Options: []string{option}}, core.Streams{})
		checkError(t, err, core.KindInvalidArgument, "durable")
	}
	var out, errOut bytes.Buffer
	result, err := client.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Text: "mlng-nothing"}, Durable: true}, core.Streams{Stdout: &out, Stderr: &errOut})
	if err != nil || result.ExitCode != 127 || !strings.Contains(errOut.String(), "mlng-nothing") {
		t.Errorf("ended with %+v, %v, %q", result, err, errOut.String())
	}
}

// TestDurableExecLeavesNothing where the streams end, without an error, before the container was
// told that everything has arrived: as an engine ends them that is stopped.
func TestDurableExecLeavesNothing(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	e := direct(t, on)
	name := box(t, e)
	never := &trap{request: regexp.MustCompile("$^"), sprung: make(chan struct{})}
	ended := trappedEngine(t, never, func(ctx context.Context) (net.Conn, error) {
		conn, err := dialUnix(on.Socket)(ctx)
		return &mute{Conn: conn}, err
	})
	var out bytes.Buffer
	result, err := ended.Exec(t.Context(), core.ExecRequest{Container: name, Durable: true, Command: core.Command{Argv: []string{"echo", "all"}}}, core.Streams{Stdout: &out})
	if err != nil || result.ExitCode != 0 || out.String() != "all\n" {
		t.Errorf("%+v, %v: got %q", result, err, out.String())
	}
	if left := kept(t, e, name); left != "0" {
		t.Errorf("%s folders are left behind", left)
	}
}

// mute is a connection that ends when a reader of a durable exec is to be told that it may go.
type mute struct {
	net.Conn
	over atomic.Bool
}

func (m *mute) Write(p []byte) (int, error) {
	if string(p) == "read\n" {
		m.over.Store(true)
		return len(p), m.SetReadDeadline(time.Now())
	}
	return m.Conn.Write(p)
}

func (m *mute) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if err != nil && m.over.Load() {
		err = io.EOF
	}
	return n, err
}

func (m *mute) CloseWrite() error {
	if m.over.Load() {
		return nil
	}
	return m.Conn.(interface{ CloseWrite() error }).CloseWrite()
}
