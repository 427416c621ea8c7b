package conformance

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

var logTests = []test{
	{"logs keep the streams apart", testLogs},
	{"logs of a tty", testLogsTTY},
	{"logs follow until the end", testLogsFollow},
	{"logs by number and time", testLogsChosen},
	{"logs with bad arguments", testLogsBad},
}

func (f *fixture) logs(t *testing.T, req core.LogsRequest) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	err = f.Logs(t.Context(), req, core.Streams{Stdout: &out, Stderr: &errOut})
	return out.String(), errOut.String(), err
}

func testLogs(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Shell: true, Command: core.Command{Text: "echo out; echo err >&2; printf rest"}}, nil)
	o.want(t, 0, "out\nrest", "err\n")
	if out, errOut, err := f.logs(t, core.LogsRequest{Container: name}); err != nil || out != "out\nrest" || errOut != "err\n" {
		t.Errorf("got %q %q %v", out, errOut, err)
	}
}

func testLogsTTY(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-t"}, Shell: true, Command: core.Command{Text: "echo out; echo err >&2"}}, nil)
	o.want(t, 0, "out\r\nerr\r\n", "")
	if out, errOut, err := f.logs(t, core.LogsRequest{Container: name}); err != nil || out != "out\r\nerr\r\n" || errOut != "" {
		t.Errorf("got %q %q %v", out, errOut, err)
	}
}

func testLogsFollow(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-d"}, Shell: true, Command: core.Command{Text: "mkfifo /go; echo first; cat /go; echo last"}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	follow := func(ctx context.Context, out *Watched) <-chan error {
		return goes(func() error {
			return f.Logs(ctx, core.LogsRequest{Container: name, Follow: true}, core.Streams{Stdout: out})
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cancelled, out := WatchFor("first\n"), WatchFor("first\n")
	first, second := follow(ctx, cancelled), follow(t.Context(), out)
	cancelled.Await(t)
	out.Await(t)
	cancel()
	wantKind(t, await(t, first, "the end of cancelled logs"), core.KindCancelled)
	f.exec(t, name, "sh", "-c", "echo go >/go").want(t, 0, "", "")
	if err := await(t, second, "the end of followed logs"); err != nil {
		t.Error(err)
	}
	if got := out.String(); got != "first\ngo\nlast\n" {
		t.Errorf("got %q", got)
	}
}

func testLogsChosen(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Shell: true, Command: core.Command{Text: "echo one; echo two; echo three"}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	out, _, err := f.logs(t, core.LogsRequest{Container: name, Tail: "2"})
	if err != nil || out != "two\nthree\n" {
		t.Errorf("tail: %q %v", out, err)
	}
	out, _, err = f.logs(t, core.LogsRequest{Container: name, Tail: "0"})
	if err != nil || out != "" {
		t.Errorf("tail 0: %q %v", out, err)
	}
	stamped, _, err := f.logs(t, core.LogsRequest{Container: name, Tail: "all", Timestamps: true})
	lines := strings.Split(strings.TrimSpace(stamped), "\n")
	if err != nil || len(lines) != 3 {
		t.Fatalf("timestamps: %q %v", stamped, err)
	}
	stamp, text, _ := strings.Cut(lines[2], " ")
	if _, err := time.Parse(time.RFC3339Nano, stamp); err != nil || text != "three" {
		t.Errorf("timestamps: %q %v", lines[2], err)
	}
	out, _, err = f.logs(t, core.LogsRequest{Container: name, Since: stamp})
	if err != nil || out != "three\n" {
		t.Errorf("since: %q %v", out, err)
	}
	out, _, err = f.logs(t, core.LogsRequest{Container: name, Until: "2001-02-03T04:05:06Z"})
	if err != nil || out != "" {
		t.Errorf("until: %q %v", out, err)
	}
	out, _, err = f.logs(t, core.LogsRequest{Container: name, Since: "2h"})
	if err != nil || out != "one\ntwo\nthree\n" {
		t.Errorf("since 2h: %q %v", out, err)
	}
}

func testLogsBad(t *testing.T, f *fixture) {
	for _, req := range []core.LogsRequest{
		{Container: "x", Tail: "some"}, {Container: "x", Tail: "-1"}, {Container: "x", Since: "yesterday"}, {Container: "x", Until: "2024-99-99"}, {Container: ""},
	} {
		_, _, err := f.logs(t, req)
		wantKind(t, err, core.KindInvalidArgument)
	}
	_, _, err := f.logs(t, core.LogsRequest{Container: "mlng-nothing"})
	wantKind(t, err, core.KindContainerNotFound)
}
