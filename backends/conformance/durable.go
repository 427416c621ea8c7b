package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var durableTests = []test{
	{"durable exec gives every byte", testDurableBytes},
	{"durable exec of large outputs", testDurableLarge},
	{"durable exec ends as its command does", testDurableEnds},
	{"durable exec keeps the command's variables and signals", testDurableSurroundings},
	{"durable exec where nothing can be written", testDurableReadOnly},
	{"durable exec that cannot be started", testDurableFailures},
	{"many durable execs at once", testDurableAtOnce},
}

// durable runs a shell's script so, and checks that nothing of it is left.
func (f *fixture) durable(t *testing.T, name, script string, options ...string) outcome {
	t.Helper()
	return f.execRequest(t, core.ExecRequest{Container: name, Durable: true, Shell: true, Options: options, Command: core.Command{Text: script}}, nil)
}

func (f *fixture) wantNothingKept(t *testing.T, name string) {
	t.Helper()
	f.exec(t, name, "sh", "-c", "ls -d /tmp/.ml_nexus_go* 2>/dev/null; ls -A /dev/shm; ps | grep -c '[m]lng_mark' || :").want(t, 0, "0\n", "")
}

func testDurableBytes(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	// RS begins the line with which a reader ends an output.
	f.durable(t, name, `printf '\036\036a\036'; printf 'no newline\036' >&2`).want(t, 0, "\036\036a\036", "no newline\036")
	f.durable(t, name, `printf '\0\1\377\n'`).want(t, 0, "\000\001\377\n", "")
	f.durable(t, name, `echo "OCI runtime exec failed"`).want(t, 0, "OCI runtime exec failed\n", "")
	f.durable(t, name, "cat").want(t, 0, "", "")
	f.wantNothingKept(t, name)
}

func testDurableLarge(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	const lines = 500_000
	o := f.durable(t, name, fmt.Sprintf("seq %d; seq %d >&2; exit 3", lines, lines))
	var want strings.Builder
	for i := range lines {
		fmt.Fprintln(&want, i+1)
	}
	if o.err != nil || o.ExitCode != 3 || o.stdout != want.String() || o.stderr != want.String() {
		t.Errorf("got %d and %d bytes of %d, code %d, %v", len(o.stdout), len(o.stderr), want.Len(), o.ExitCode, o.err)
	}
	f.wantNothingKept(t, name)
}

func testDurableEnds(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	f.durable(t, name, "exit 125").want(t, 125, "", "")
	f.durable(t, name, "exit 3").want(t, 3, "", "")
	f.durable(t, name, "echo last; kill -TERM $$").want(t, 143, "last\n", "")
	f.durable(t, name, "sleep 600 >/dev/null 2>&1 & echo here").want(t, 0, "here\n", "")
	f.durable(t, name, "sleep 1; echo late").want(t, 0, "late\n", "")
	f.wantNothingKept(t, name)
	// Where the first process does not reap, nothing is left to be reaped.
	name, _ = f.runNamed(t, core.RunRequest{Image: busybox, Options: []string{"-d"}, Command: core.Command{Text: "sleep 600"}}, nil)
	f.durable(t, name, "sleep 0.2; echo here").want(t, 0, "here\n", "")
	f.exec(t, name, "sh", "-c", "while ps -o stat | grep -q Z; do :; done").want(t, 0, "", "") // the engine reaps what it ran
}

func testDurableSurroundings(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	f.durable(t, name, `echo "$dir $mark $first $(pwd) $(id -u)"; sh -c 'kill -INT $$; echo not reached'`,
		"-e dir=1", "-e mark=2", "-e first=3", "-w", "/var", "-u", "1000").want(t, 130, "1 2 3 /var 1000\n", "")
	f.wantNothingKept(t, name)
}

func testDurableReadOnly(t *testing.T, f *fixture) {
	name := f.sleeper(t, "--read-only")
	f.durable(t, name, "echo in the shared memory; ls /tmp").want(t, 0, "in the shared memory\n", "")
	o := f.durable(t, name, "true", "-u", "1000")
	o.want(t, 0, "", "")
	name = f.sleeper(t, "--read-only", "--mount", "type=tmpfs,dst=/dev/shm,readonly")
	wantKind(t, f.durable(t, name, "true").err, core.KindEngineError)
}

func testDurableFailures(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	o := f.durable(t, name, "true", "-w", "/mlng/nowhere")
	if o.err != nil || o.ExitCode < 126 || o.stdout != "" || o.stderr == "" {
		t.Errorf("got %+v", o)
	}
	wantKind(t, f.durable(t, name, "true", "-u", "mlng-nobody").err, core.KindInvalidArgument)
	wantKind(t, f.durable(t, name, "true "+strings.Repeat("x", 3<<20)).err, core.KindInvalidArgument)
	shellless, _ := f.runNamed(t, core.RunRequest{Image: noshell, Options: []string{"-d"}, Command: core.Command{Text: "/app sleep 600"}}, nil)
	o = f.execRequest(t, core.ExecRequest{Container: shellless, Durable: true, Command: core.Command{Text: "/app echo hello"}}, nil)
	wantKind(t, o.err, core.KindInvalidArgument)
	f.wantNothingKept(t, name)
}

func testDurableAtOnce(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	const many = 20
	var results []<-chan outcome
	for i := range many {
		results = append(results, goes(func() outcome {
			return f.durable(t, name, fmt.Sprintf("echo %d; echo %d >&2; exit %d", i, -i, i))
		}))
	}
	for i, r := range results {
		(<-r).want(t, i, fmt.Sprintf("%d\n", i), fmt.Sprintf("%d\n", -i))
	}
	f.wantNothingKept(t, name)
}
