package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var execTests = []test{
	{"exec with options", testExecOptions},
	{"exec detached", testExecDetached},
	{"exec of a command that is not there", testExecNotFound},
	{"exec of a command that is no program", testExecNotExecutable},
	{"exec in a folder that is not there", testExecBadFolder},
	{"exec as a user that is not there", testExecBadUser},
	{"exec with a long argument list", testExecLongArguments},
	{"more arguments than the kernel takes", testExecTooLong},
	{"exec ends when its process does, not its children", testExecLeavesChildren},
	{"exec in an image without a shell", testExecNoShell},
	{"many execs at once", testExecsAtOnce},
	{"exec with a bad option", testExecBadOption},
}

func testExecOptions(t *testing.T, f *fixture) {
	name := f.sleeper(t, "-e", "A=image")
	f.execRequest(t, core.ExecRequest{
		Container: name, Shell: true, Options: []string{"-e A=1", "-w /tmp", "-u", "1000"},
		Command: core.Command{Text: `echo "$A $(pwd) $(id -u)"`},
	}, nil).want(t, 0, "1 /tmp 1000\n", "")
}

func testExecDetached(t *testing.T, f *fixture) {
	name := f.shared(t)
	f.exec(t, name, "mkfifo", "/done").want(t, 0, "", "")
	o := f.execRequest(t, core.ExecRequest{Container: name, Options: []string{"-d"}, Command: core.Command{Text: "sh -c 'echo here >/done'"}}, nil)
	o.want(t, 0, "", "")
	if !o.Detached {
		t.Error("not detached")
	}
	f.exec(t, name, "cat", "/done").want(t, 0, "here\n", "")
}

func testExecNotFound(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	f.exec(t, name, "mlng-nothing").wantStartFailure(t, 127)
	f.exec(t, name, "/mlng/nothing").wantStartFailure(t, 127)
	o := f.execRequest(t, core.ExecRequest{Container: name, Options: []string{"-t"}, Command: core.Command{Text: "mlng-nothing"}}, nil)
	if o.err != nil || o.ExitCode != 127 || o.stdout+o.stderr == "" {
		t.Errorf("with a tty: %+v", o)
	}
	// What a shell says itself stays where it says it.
	f.exec(t, name, "sh", "-c", "mlng-nothing").want(t, 127, "", "sh: mlng-nothing: not found\n")
}

func testExecNotExecutable(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	f.exec(t, name, "/etc").wantStartFailure(t, 126)
	f.exec(t, name, "/etc/passwd").wantStartFailure(t, 126)
	f.exec(t, name, "sh", "-c", "echo said; exit 126").want(t, 126, "said\n", "")
}

func testExecBadFolder(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	o := f.execRequest(t, core.ExecRequest{Container: name, Options: []string{"-w", "/mlng/nowhere"}, Command: core.Command{Text: "true"}}, nil)
	if o.err != nil || o.ExitCode < 126 || o.stdout != "" || o.stderr == "" {
		t.Errorf("got %+v", o)
	}
}

func testExecBadUser(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	o := f.execRequest(t, core.ExecRequest{Container: name, Options: []string{"-u", "mlng-nobody"}, Command: core.Command{Text: "true"}}, nil)
	wantKind(t, o.err, core.KindInvalidArgument)
}

func testExecLongArguments(t *testing.T, f *fixture) {
	name := f.shared(t)
	argv := []string{"sh", "-c", "echo $#", "sh"}
	for range 1000 {
		argv = append(argv, strings.Repeat("x", 1000))
	}
	f.exec(t, name, argv...).want(t, 0, "1000\n", "")
}

func testExecTooLong(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	o := f.exec(t, name, "sh", "-c", "true "+strings.Repeat("x", 3<<20))
	if core.KindOf(o.err) != core.KindInvalidArgument {
		t.Errorf("got %d %.200q %.200q %v", o.ExitCode, o.stdout, o.stderr, o.err)
	}
	f.exec(t, name, "true").want(t, 0, "", "")
	name, o = f.runNamed(t, core.RunRequest{Image: busybox, Shell: true, Command: core.Command{Text: "true " + strings.Repeat("x", 3<<20)}}, nil)
	wantKind(t, o.err, core.KindInvalidArgument)
	if f.state(t, name).Exists {
		t.Error("the container stays behind")
	}
}

func testExecLeavesChildren(t *testing.T, f *fixture) {
	name := f.shared(t)
	f.exec(t, name, "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo here").want(t, 0, "here\n", "")
}

func testExecNoShell(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{Image: noshell, Options: []string{"-d"}, Command: core.Command{Text: "/app sleep 600"}}, nil)
	o.want(t, 0, o.stdout, "")
	f.exec(t, name, "/app", "echo", "hello").want(t, 0, "hello\n", "")
	f.exec(t, name, "sh", "-c", "true").wantStartFailure(t, 127)
}

func testExecsAtOnce(t *testing.T, f *fixture) {
	name := f.shared(t)
	const many = 40 // more than a connection has sessions or an engine starts at once
	var results []<-chan outcome
	for i := range many {
		results = append(results, goes(func() outcome { return f.exec(t, name, "echo", fmt.Sprint(i)) }))
	}
	for i, r := range results {
		(<-r).want(t, 0, fmt.Sprintf("%d\n", i), "")
	}
}

func testExecBadOption(t *testing.T, f *fixture) {
	name := f.shared(t)
	for _, options := range [][]string{{"--no-such-option"}, {"stray"}, {"-e"}, {"--env-file", "/mlng/nowhere"}} {
		o := f.execRequest(t, core.ExecRequest{Container: name, Options: options, Command: core.Command{Text: "true"}}, nil)
		wantKind(t, o.err, core.KindInvalidArgument)
	}
	wantKind(t, f.execRequest(t, core.ExecRequest{Container: name}, nil).err, core.KindInvalidArgument)
	wantKind(t, f.execRequest(t, core.ExecRequest{Container: name, Command: core.Command{Text: "echo 'a"}}, nil).err, core.KindInvalidArgument)
}
