package conformance

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var streamTests = []test{
	{"output is exact to the byte", testBinaryOutput},
	{"output comes while the process runs", testOutputComes},
	{"input is answered while it is open", testDialogue},
	{"a process may ignore its input", testInputIgnored},
	{"a slow reader slows the process", testSlowReader},
	{"a reader that fails ends the work", testReaderFails},
	{"an attached process gets no input unless asked", testNoInput},
}

func testBinaryOutput(t *testing.T, f *fixture) {
	name := f.shared(t)
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	text := strings.Repeat(string(all[:]), 4000)
	o := f.execRequest(t, core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "tee /dev/stderr"}}, strings.NewReader(text))
	if o.err != nil || o.stdout != text || o.stderr != text {
		t.Errorf("exec: got %d and %d of %d bytes, %v", len(o.stdout), len(o.stderr), len(text), o.err)
	}
	_, o = f.runNamed(t, core.RunRequest{Image: busybox, Shell: true, Command: core.Command{Text: "tee /dev/stderr"}}, strings.NewReader(text))
	if o.err != nil || o.stdout != text || o.stderr != text {
		t.Errorf("run: got %d and %d of %d bytes, %v", len(o.stdout), len(o.stderr), len(text), o.err)
	}
}

func testOutputComes(t *testing.T, f *fixture) {
	name := f.shared(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := WatchFor("first\n")
	done := goes(func() error {
		_, err := f.Exec(ctx, core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "echo first; sleep 600"}}, core.Streams{Stdout: out})
		return err
	})
	out.Await(t)
	cancel()
	wantKind(t, await(t, done, "the end of a cancelled exec"), core.KindCancelled)
}

func testDialogue(t *testing.T, f *fixture) {
	for _, way := range []string{"run", "exec"} {
		t.Run(way, func(t *testing.T) {
			read, write := io.Pipe()
			first, out := WatchFor("<one>"), io.Writer(nil)
			out = first
			script := core.Command{Text: `while read x; do echo "<$x>"; done; echo end`}
			done := goes(func() error {
				s := core.Streams{Stdin: read, Stdout: out}
				if way == "run" {
					_, err := f.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{"-i", "--name", f.name(t)}, Shell: true, Command: script}, s)
					return err
				}
				_, err := f.Exec(t.Context(), core.ExecRequest{Container: f.shared(t), Options: []string{"-i"}, Shell: true, Command: script}, s)
				return err
			})
			_, _ = io.WriteString(write, "one\n")
			first.Await(t)
			_, _ = io.WriteString(write, "two\n")
			_ = write.Close()
			if err := await(t, done, "the end after the input's end"); err != nil {
				t.Fatal(err)
			}
			if got := first.String(); got != "<one>\n<two>\nend\n" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func testInputIgnored(t *testing.T, f *fixture) {
	name := f.shared(t)
	text := strings.Repeat("x", 4<<20)
	f.execRequest(t, core.ExecRequest{Container: name, Options: []string{"-i"}, Command: core.Command{Text: "echo ok"}}, strings.NewReader(text)).want(t, 0, "ok\n", "")
	_, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-i"}, Command: core.Command{Text: "echo ok"}}, strings.NewReader(text))
	o.want(t, 0, "ok\n", "")
}

// gated lets nothing through before it is opened, and counts.
type gated struct {
	open  chan struct{}
	count atomic.Int64
}

func (g *gated) Write(p []byte) (int, error) {
	<-g.open
	g.count.Add(int64(len(p)))
	return len(p), nil
}

func testSlowReader(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	const size = 64 << 20
	out, errOut := &gated{open: make(chan struct{})}, WatchFor("written")
	done := goes(func() error {
		_, err := f.Exec(t.Context(), core.ExecRequest{
			Container: name, Shell: true,
			// The pipe, the connection and the buffers hold far less than all of it.
			Command: core.Command{Text: "mkfifo /go; head -c 67108864 /dev/zero; echo written >/state; cat /go"},
		}, core.Streams{Stdout: out, Stderr: errOut})
		return err
	})
	f.exec(t, name, "sh", "-c", "until [ -p /go ]; do :; done; test -e /state").want(t, 1, "", "")
	close(out.open)
	f.exec(t, name, "sh", "-c", "echo >/go").want(t, 0, "", "")
	if err := await(t, done, "the end"); err != nil {
		t.Fatal(err)
	}
	if got := out.count.Load(); got != size+1 {
		t.Errorf("got %d bytes; want %d", got, size+1)
	}
}

// broken fails at its first byte.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func testReaderFails(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	_, err := f.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "sleep 614 & yes"}}, core.Streams{Stdout: broken{}})
	if err == nil {
		t.Error("no error")
	}
	f.awaitGone(t, name, "sleep 61")
	run := f.name(t)
	// Not yes: an engine that logs a flood of lines may take a minute to end its container.
	_, err = f.Run(t.Context(), core.RunRequest{
		Image: busybox, Options: []string{"--name", run, "--rm"}, Shell: true, Command: core.Command{Text: "while echo y; do sleep 0.01; done"},
	}, core.Streams{Stdout: broken{}})
	if err == nil {
		t.Error("no error")
	}
	if f.state(t, run).Exists {
		t.Error("the container stays behind")
	}
}

func testNoInput(t *testing.T, f *fixture) {
	name := f.shared(t)
	var out bytes.Buffer
	_, err := f.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Text: "cat"}}, core.Streams{Stdout: &out})
	if err != nil || out.Len() != 0 {
		t.Errorf("got %q, %v", out.String(), err)
	}
}
