package conformance

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var containerTests = []test{
	{"run leaves its container", testRunLeaves},
	{"run --rm removes its container", testRunRemoves},
	{"run detached", testRunDetached},
	{"run with options", testRunOptions},
	{"run by shell", testRunShell},
	{"run with a tty", testRunTTY},
	{"run killed by a signal", testRunSignal},
	{"run out of memory", testRunOOM},
	{"run of a command that is not there", testRunNotFound},
	{"run of a command that is no program", testRunNotExecutable},
	{"run with an entrypoint that is not there", testRunBadEntrypoint},
	{"run with a bad option creates nothing", testRunBadOption},
	{"runs at once", testRunsAtOnce},
}

func testRunLeaves(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Command: core.Command{Text: "true"}}, nil)
	o.want(t, 0, "", "")
	if s := f.state(t, name); !s.Exists || s.Running || s.Status != "exited" || s.ID != o.ContainerID {
		t.Errorf("got %+v", s)
	}
}

func testRunRemoves(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"--rm"}, Command: core.Command{Text: "sh -c 'exit 5'"}}, nil)
	o.want(t, 5, "", "")
	if s := f.state(t, name); s.Exists {
		t.Errorf("got %+v", s)
	}
}

func testRunDetached(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-d"}, Command: core.Command{Text: "sleep 600"}}, nil)
	o.want(t, 0, o.ContainerID+"\n", "")
	if s := f.state(t, name); !s.Running || !o.Detached || s.ID != o.ContainerID {
		t.Errorf("got %+v %+v", s, o)
	}
}

func testRunOptions(t *testing.T, f *fixture) {
	f.run(t, []string{"-e A=1 --env=B=two\\ words", "-w", "/tmp", "-u", "worker", "-v /etc:/x:ro"}, "sh", "-c", `echo "$A $B $(pwd) $(id -un)"; echo >/x/y`).
		want(t, 1, "1 two words /tmp worker\n", "sh: can't create /x/y: Read-only file system\n")
}

func testRunShell(t *testing.T, f *fixture) {
	_, o := f.runNamed(t, core.RunRequest{Image: busybox, Shell: true, Command: core.Command{Text: `for i in 1 2; do echo $i; done | tac`}}, nil)
	o.want(t, 0, "2\n1\n", "")
}

func testRunTTY(t *testing.T, f *fixture) {
	f.run(t, []string{"-t"}, "sh", "-c", "echo out; echo err >&2; exit 3").want(t, 3, "out\r\nerr\r\n", "")
}

func testRunSignal(t *testing.T, f *fixture) {
	o := f.run(t, nil, "sh", "-c", "sh -c 'kill -KILL $$; :'; exit $?")
	o.want(t, 137, "", "Killed\n")
	if o.OOMKilled {
		t.Error("that was no lack of memory")
	}
}

// The lack of memory comes when the container's shim watches for it, a moment after the start:
// before that, older ones miss it (https://github.com/containerd/containerd/issues/8180).
func testRunOOM(t *testing.T, f *fixture) {
	var result core.CommandResult
	for range 5 { // a busy engine may say what ended it later than a client waits for that
		var err error
		input, started := io.Pipe()
		result, err = f.Run(t.Context(), core.RunRequest{
			Image: busybox, Options: []string{"-i", "--memory", "16m", "--memory-swap", "16m", "--name", f.name(t)},
			Shell: true, Command: core.Command{Text: "read; sleep 1; exec tail /dev/zero"},
		}, core.Streams{Stdin: input, Event: func(any) { _ = started.Close() }})
		if err != nil || result.ExitCode != 137 {
			t.Fatalf("got %+v, %v", result, err)
		}
		if result.OOMKilled {
			return
		}
	}
	t.Errorf("got %+v", result)
}

func testRunNotFound(t *testing.T, f *fixture) {
	for _, command := range []string{"mlng-nothing", "/mlng/nothing"} {
		name, o := f.runNamed(t, core.RunRequest{Image: busybox, Command: core.Command{Text: command}}, nil)
		o.wantStartFailure(t, 127)
		if f.state(t, name).Exists {
			t.Error("a container that never ran stays behind")
		}
	}
}

func testRunNotExecutable(t *testing.T, f *fixture) {
	for _, command := range []string{"/etc", "/etc/passwd"} {
		name, o := f.runNamed(t, core.RunRequest{Image: busybox, Command: core.Command{Text: command}}, nil)
		o.wantStartFailure(t, 126)
		if f.state(t, name).Exists {
			t.Error("a container that never ran stays behind")
		}
	}
}

// wantStartFailure fails unless the command could not be started, as docker says it.
func (o outcome) wantStartFailure(t *testing.T, code int) {
	t.Helper()
	if o.err != nil || o.ExitCode != code || o.stdout != "" || o.stderr == "" || !strings.HasSuffix(o.stderr, "\n") {
		t.Errorf("got %d %q %q %v; want %d and a reason on stderr", o.ExitCode, o.stdout, o.stderr, o.err, code)
	}
}

func testRunBadEntrypoint(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: badentry}, nil)
	o.wantStartFailure(t, 127)
	if f.state(t, name).Exists {
		t.Error("a container that never ran stays behind")
	}
	name, o = f.runNamed(t, core.RunRequest{Image: badentry, Options: []string{"-d", "--rm"}}, nil)
	o.wantStartFailure(t, 127)
	if f.state(t, name).Exists {
		t.Error("a detached container that never ran stays behind")
	}
}

func testRunBadOption(t *testing.T, f *fixture) {
	for _, options := range [][]string{
		{"--no-such-option"}, {"-p", "99999999:1"}, {"--memory", "much"}, {"--mount", "type=sideways"}, {"stray"}, {"-v"}, {"-v '/a"},
	} {
		name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: options, Command: core.Command{Text: "true"}}, nil)
		wantKind(t, o.err, core.KindInvalidArgument)
		if f.state(t, name).Exists {
			t.Errorf("%q left a container", options)
		}
	}
}

func testRunsAtOnce(t *testing.T, f *fixture) {
	const many = 8
	var results []<-chan outcome
	for i := range many {
		results = append(results, goes(func() outcome {
			return f.run(t, []string{"--rm"}, "sh", "-c", fmt.Sprintf("echo %d; exit %d", i, i))
		}))
	}
	for i, r := range results {
		(<-r).want(t, i, fmt.Sprintf("%d\n", i), "")
	}
}
