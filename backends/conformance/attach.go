package conformance

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var attachTests = []test{
	{"attach: output from now on, and the exit code", testAttach},
	{"attach: output from the log's beginning", testAttachLogs},
	{"attach: input that stays", testAttachInput},
	{"attach: input that ends with the attachment", testAttachInputOnce},
	{"attach: a terminal", testAttachTTY},
	{"attach: its end leaves the container", testAttachEnds},
	{"attach to what cannot be attached to", testAttachBad},
}

// script starts a container that goes on when /go is opened for writing.
func (f *fixture) script(t *testing.T, text string, options ...string) string {
	t.Helper()
	name, o := f.runNamed(t, core.RunRequest{
		Image: busybox, Options: append(options, "-d", "--init=false"), Shell: true, Command: core.Command{Text: "mkfifo /go; " + text},
	}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	return name
}

func (f *fixture) goOn(t *testing.T, name string) {
	t.Helper()
	f.exec(t, name, "sh", "-c", "until [ -p /go ]; do :; done; echo -n >/go").want(t, 0, "", "")
}

// attachment is an attachment under way.
type attachment struct {
	stdout, stderr *Watched
	started        <-chan core.StartedEvent
	ended          <-chan outcome
}

func (f *fixture) attach(ctx context.Context, req core.AttachRequest, stdin io.Reader, waitFor string) attachment {
	started := make(chan core.StartedEvent, 1)
	a := attachment{stdout: WatchFor(waitFor), stderr: WatchFor(""), started: started}
	s := core.Streams{Stdin: stdin, Stdout: a.stdout, Stderr: a.stderr, Event: func(event any) {
		if event, is := event.(core.StartedEvent); is {
			started <- event
		}
	}}
	a.ended = goes(func() outcome {
		result, err := f.Attach(ctx, req, s)
		return outcome{result, a.stdout.String(), a.stderr.String(), err}
	})
	return a
}

func testAttach(t *testing.T, f *fixture) {
	name := f.script(t, "echo before; echo ready >/ready; cat /go; echo out; echo err >&2; exit 7")
	f.exec(t, name, "sh", "-c", "until [ -e /ready ]; do :; done")
	a := f.attach(t.Context(), core.AttachRequest{Container: name}, nil, "")
	if event := await(t, a.started, "its start"); event.ContainerID != f.state(t, name).ID || event.TTY {
		t.Errorf("got %+v", event)
	}
	f.goOn(t, name)
	o := await(t, a.ended, "the container's end")
	o.want(t, 7, "out\n", "err\n")
	if o.ContainerID != f.state(t, name).ID || o.Seconds <= 0 {
		t.Errorf("got %+v", o.CommandResult)
	}
}

func testAttachLogs(t *testing.T, f *fixture) {
	name := f.script(t, "echo before; echo early >&2; cat /go; echo out; printf end; exit 3")
	a := f.attach(t.Context(), core.AttachRequest{Container: name, Logs: true}, nil, "before\n")
	a.stdout.Await(t)
	f.goOn(t, name)
	await(t, a.ended, "the container's end").want(t, 3, "before\nout\nend", "early\n")
}

func testAttachInput(t *testing.T, f *fixture) {
	for _, logs := range []bool{false, true} {
		name := f.script(t, "while read -r line; do echo got $line; done; echo end", "-i")
		for _, word := range []string{"one", "two"} {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			got := "got " + word + "\n"
			a := f.attach(ctx, core.AttachRequest{Container: name, StdinByOptions: true, Logs: logs}, strings.NewReader(word+"\n"), got)
			a.stdout.Await(t) // and the input has ended here, which ends nothing there
			cancel()
			o := await(t, a.ended, "the attachment's end")
			wantKind(t, o.err, core.KindCancelled)
			if !logs && o.stdout != got || o.stderr != "" {
				t.Errorf("got %q %q", o.stdout, o.stderr)
			}
		}
		if !f.state(t, name).Running {
			t.Error("the container has ended")
		}
	}
}

func testAttachInputOnce(t *testing.T, f *fixture) {
	name := f.name(t)
	_, err := f.Create(t.Context(), core.CreateContainerRequest{Image: busybox, Options: []string{"-i", "--name", name}, Command: core.Command{Text: "cat"}}, nil)
	if err == nil {
		err = f.Start(t.Context(), core.ContainerRequest{Container: name})
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// Nobody asked for its input, so that this attachment must not end it.
	a := f.attach(ctx, core.AttachRequest{Container: name, StdinByOptions: true}, strings.NewReader("lost\n"), "")
	await(t, a.started, "its start")
	cancel()
	wantKind(t, await(t, a.ended, "the attachment's end").err, core.KindCancelled)
	if !f.state(t, name).Running {
		t.Fatal("the container has ended")
	}
	a = f.attach(t.Context(), core.AttachRequest{Container: name, Stdin: true}, strings.NewReader("all of it\n"), "")
	await(t, a.ended, "the container's end").want(t, 0, "all of it\n", "")
}

func testAttachTTY(t *testing.T, f *fixture) {
	name := f.script(t, "cat /go; read -r line; stty size; echo got $line >&2; exit 5", "-i", "-t")
	a := f.attach(t.Context(), core.AttachRequest{Container: name, Stdin: true}, strings.NewReader("word\n"), "word")
	if !await(t, a.started, "its start").TTY {
		t.Error("it has no terminal")
	}
	a.stdout.Await(t) // the terminal's echo
	if err := f.Resize(t.Context(), core.ResizeRequest{Container: name, Rows: 33, Columns: 77}); err != nil {
		t.Fatal(err)
	}
	f.goOn(t, name)
	await(t, a.ended, "the container's end").want(t, 5, "word\r\n33 77\r\ngot word\r\n", "")
}

func testAttachEnds(t *testing.T, f *fixture) {
	name := f.script(t, "while :; do echo tick; sleep 0.1; done", "-i")
	for _, stdin := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		a := f.attach(ctx, core.AttachRequest{Container: name, Stdin: stdin}, strings.NewReader("x"), "tick\n")
		a.stdout.Await(t)
		cancel()
		wantKind(t, await(t, a.ended, "the attachment's end").err, core.KindCancelled)
	}
	a := f.attach(t.Context(), core.AttachRequest{Container: name, TimeoutSeconds: 0.2}, nil, "")
	wantKind(t, await(t, a.ended, "its time limit").err, core.KindOperationTimeout)
	if !f.state(t, name).Running {
		t.Fatal("the container has ended")
	}
	a = f.attach(t.Context(), core.AttachRequest{Container: name}, nil, "tick\n")
	a.stdout.Await(t)
	if err := f.Kill(t.Context(), core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if o := await(t, a.ended, "the container's end"); o.err != nil || o.ExitCode != 137 {
		t.Errorf("got %+v, %v", o.CommandResult, o.err)
	}
}

func testAttachBad(t *testing.T, f *fixture) {
	name := f.script(t, "cat /go")
	attach := func(req core.AttachRequest) error {
		_, err := f.Attach(t.Context(), req, core.Streams{Stdin: strings.NewReader("")})
		return err
	}
	wantKind(t, attach(core.AttachRequest{Container: name, Stdin: true}), core.KindInvalidArgument)
	wantKind(t, attach(core.AttachRequest{Container: f.name(t)}), core.KindContainerNotFound)
	wantKind(t, attach(core.AttachRequest{Container: ""}), core.KindInvalidArgument)
	if err := f.Pause(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	err := attach(core.AttachRequest{Container: name})
	if wantKind(t, err, core.KindContainerNotRunning); err != nil && !strings.Contains(err.Error(), "unpause_container") {
		t.Errorf("got %v", err)
	}
	if err := f.Kill(t.Context(), core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Wait(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	for _, logs := range []bool{false, true} {
		wantKind(t, attach(core.AttachRequest{Container: name, Logs: logs}), core.KindContainerNotRunning)
	}
}
