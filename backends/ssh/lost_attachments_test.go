package ssh

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
)

// lastLines are the lines that printing's containers print from a number on.
func lastLines(stream string, from, to int) string {
	var all strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&all, "%s %d\n", stream, i)
	}
	return all.String()
}

// TestAttachmentGoesOn loses the connection twice: while the output comes, and until the container
// has ended. What it printed before is not delivered, and what comes after is complete.
func TestAttachmentGoesOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		logs    bool
		first   int
		options []string
	}{
		{"from now on", false, 50, nil},
		{"from the log's beginning", true, 0, nil},
		{"with an input that nobody uses", false, 50, []string{"-i"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, p, e := lostOn(t, nil)
			name, goOn := printing(t, e, 50, 3000, c.options...)
			inside(t, e, name, "until [ -p /go ]; do :; done")
			for printed := ""; !strings.Contains(printed, "err 49\n"); {
				var errOut strings.Builder
				if err := e.Logs(t.Context(), core.LogsRequest{Container: name}, core.Streams{Stderr: &errOut}); err != nil {
					t.Fatal(err)
				}
				printed = errOut.String()
			}
			out, errOut := conformance.WatchFor("out 60\n"), conformance.WatchFor("err 60\n")
			input, _ := io.Pipe()
			a := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
				s.Stdout, s.Stderr, s.Stdin = out, errOut, input
				return client.Attach(ctx, core.AttachRequest{Container: name, Logs: c.logs, StdinByOptions: true}, s)
			})
			<-a.started
			goOn()
			out.Await(t)
			errOut.Await(t)
			p.cut()
			waitDown(t, client.host)
			p.mend()
			a.wait()
			if want := lastLines("out", c.first, 3000); a.failure != nil || a.result.ExitCode != 0 || out.String() != want {
				t.Errorf("%v, %+v: got %d bytes of stdout; want %d", a.failure, a.result, len(out.String()), len(want))
			}
			if want := lastLines("err", c.first, 3000); errOut.String() != want {
				t.Errorf("got %d bytes of stderr; want %d", len(errOut.String()), len(want))
			}
		})
	}
}

// TestAttachmentToABusyContainerGoesOn attaches while the container prints: no line is lost or
// doubled from the first one that came.
func TestAttachmentToABusyContainerGoesOn(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name := runName(t, e)
	_, err := e.Run(t.Context(), core.RunRequest{Image: "mlng-busybox", Options: []string{"-d", "--name", name}, Command: endless("0.001")}, core.Streams{})
	if err != nil {
		t.Fatal(err)
	}
	out, errOut := conformance.WatchFor("00\n"), conformance.WatchFor("") // at the latest after a hundred lines
	a := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		s.Stdout, s.Stderr = out, errOut
		return client.Attach(ctx, core.AttachRequest{Container: name}, s)
	})
	out.Await(t)
	p.cut()
	waitDown(t, client.host)
	p.mend()
	letGo(t, e, name)
	a.wait()
	if a.failure != nil || a.result.ExitCode != 7 {
		t.Errorf("%v, %+v", a.failure, a.result)
	}
	lines := printed(t, e, name)
	for stream, got := range map[string]string{"out": out.String(), "err": errOut.String()} {
		var first int
		if _, err := fmt.Sscanf(got, stream+" %d\n", &first); err != nil || got != lastLines(stream, first, lines) {
			t.Errorf("%v: got %d bytes of %s from %d on", err, len(got), stream, first)
		}
	}
}

// TestAttachmentEndsWhileTheConnectionIsLost loses it before anything came, until the container has ended.
func TestAttachmentEndsWhileTheConnectionIsLost(t *testing.T) {
	t.Parallel()
	client, p, e := lostOn(t, nil)
	name, goOn := printing(t, e, 10, 100)
	inside(t, e, name, "until [ -p /go ]; do :; done")
	out := conformance.WatchFor("")
	a := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
		s.Stdout = out
		return client.Attach(ctx, core.AttachRequest{Container: name}, s)
	})
	<-a.started
	endDown(t, client, p, e, name, goOn)
	a.wait()
	if got := out.String(); a.failure != nil || !strings.HasSuffix(got, lastLines("out", 10, 100)) {
		t.Errorf("%v: got %q", a.failure, got)
	}
}

// TestAttachmentLosesItsInput says so where it is not known what has arrived, be it used before
// or after the loss.
func TestAttachmentLosesItsInput(t *testing.T) {
	for name, early := range map[string]bool{"used before": true, "used after": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, p, e := lostOn(t, nil)
			name := runName(t, e)
			_, err := e.Run(t.Context(), core.RunRequest{
				Image: "mlng-busybox", Options: []string{"-d", "-i", "--name", name}, Command: core.Command{Argv: []string{"sh", "-c", "while read -r line; do echo got $line; done"}},
			}, core.Streams{})
			if err != nil {
				t.Fatal(err)
			}
			input, write := io.Pipe()
			out := conformance.WatchFor("got x\n")
			a := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
				s.Stdout, s.Stdin = out, input
				return client.Attach(ctx, core.AttachRequest{Container: name, Stdin: true}, s)
			})
			<-a.started
			if early {
				_, _ = io.WriteString(write, "x\n")
				out.Await(t)
			}
			p.cut()
			waitDown(t, client.host)
			p.mend()
			if !early {
				_, _ = io.WriteString(write, "x\n")
			}
			a.wait()
			checkError(t, a.failure, core.KindConnectionLost, "input")
			if !running(t, e, name) {
				t.Error("the container has ended")
			}
		})
	}
}

// TestAttachLosesOneAnswer cuts an attachment at each of its requests.
func TestAttachLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"GET .*/containers/.*/json", "GET .*/logs", "POST .*/attach", "POST .*/wait"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, goOn := printing(t, e, 0, 100)
		inside(t, e, name, "until [ -p /go ]; do :; done")
		out := conformance.WatchFor("")
		a := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
			s.Stdout = out
			return client.Attach(ctx, core.AttachRequest{Container: name}, s)
		})
		<-a.started
		goOn()
		a.wait()
		lost.await(t, nil)
		if a.failure != nil || out.String() != lastLines("out", 0, 100) {
			t.Errorf("%v: got %q", a.failure, out.String())
		}
	})
}
