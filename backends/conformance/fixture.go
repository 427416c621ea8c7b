package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// patience bounds what should take a moment, so that a hanging test says where.
const patience = 8 * time.Minute

// fixture is what a test works with.
type fixture struct {
	core.DockerClient
	harness Harness
	suite   *suite
}

// outcome is a result with its output.
type outcome struct {
	core.CommandResult
	stdout, stderr string
	err            error
}

// run runs a container to its end. Options may not name it.
func (f *fixture) run(t *testing.T, options []string, argv ...string) outcome {
	t.Helper()
	_, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: options, Command: core.Command{Argv: argv}}, nil)
	return o
}

// runNamed adds a name, which is removed with the test.
func (f *fixture) runNamed(t *testing.T, req core.RunRequest, stdin *strings.Reader) (string, outcome) {
	t.Helper()
	name := f.name(t)
	req.Options = append([]string{"--name", name}, req.Options...)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errOut bytes.Buffer
	s := core.Streams{Stdout: &out, Stderr: &errOut}
	if stdin != nil {
		s.Stdin = stdin
	}
	result, err := f.Run(ctx, req, s)
	return name, outcome{result, out.String(), errOut.String(), err}
}

// exec runs a process in a container to its end.
func (f *fixture) exec(t *testing.T, name string, argv ...string) outcome {
	t.Helper()
	return f.execRequest(t, core.ExecRequest{Container: name, Command: core.Command{Argv: argv}}, nil)
}

func (f *fixture) execRequest(t *testing.T, req core.ExecRequest, stdin *strings.Reader) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errOut bytes.Buffer
	s := core.Streams{Stdout: &out, Stderr: &errOut}
	if stdin != nil {
		s.Stdin = stdin
	}
	result, err := f.Exec(ctx, req, s)
	return outcome{result, out.String(), errOut.String(), err}
}

// sleeper starts a container that runs until the test ends, and reaps its orphans.
func (f *fixture) sleeper(t *testing.T, options ...string) string {
	t.Helper()
	name, err := f.startSleeper(t, options...)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func (f *fixture) startSleeper(t *testing.T, options ...string) (string, error) {
	t.Helper()
	options = append(options, "-d", "--init=false")
	name, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: options, Command: core.Command{Argv: []string{"sh", "-c", "trap 'exit 0' TERM; sleep 86400 & wait"}}}, nil)
	return name, o.err
}

// shared is a sleeper of all tests of the suite that only run processes in it, and leave the
// others' alone. Processes that cannot be started need a container of their own: an engine may
// give one exec the reason of another that failed at the same time.
func (f *fixture) shared(t *testing.T) string {
	t.Helper()
	s := f.suite
	s.once.Do(func() { s.sleeper, s.err = f.startSleeper(s.t) })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.sleeper
}

// name is a container's name that nobody else has. What has it is removed at the end.
func (f *fixture) name(t *testing.T) string {
	t.Helper()
	name := "mlng-conf-" + uuid.NewString()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := f.Remove(ctx, core.RemoveRequest{Container: name, Force: true, Volumes: true})
		if err != nil && core.KindOf(err) != core.KindContainerNotFound && core.KindOf(err) != core.KindClientClosed {
			t.Errorf("%s stays behind: %v", name, err)
		}
	})
	return name
}

func (f *fixture) state(t *testing.T, name string) core.StateResult {
	t.Helper()
	state, err := f.State(t.Context(), core.ContainerRequest{Container: name})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (f *fixture) inspect(t *testing.T, name string) map[string]any {
	t.Helper()
	raw, err := f.Inspect(t.Context(), core.ContainerRequest{Container: name})
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]any
	if err := json.Unmarshal(raw, &info); err != nil {
		t.Fatal(err)
	}
	return info
}

// want fails unless the process ended so.
func (o outcome) want(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if o.err != nil {
		t.Fatalf("error: %v", o.err)
	}
	if o.ExitCode != code || o.stdout != stdout || o.stderr != stderr {
		t.Errorf("got %d %q %q; want %d %q %q", o.ExitCode, o.stdout, o.stderr, code, stdout, stderr)
	}
}

func wantKind(t *testing.T, err error, kind core.Kind) {
	t.Helper()
	if core.KindOf(err) != kind {
		t.Errorf("got %s (%v); want %s", core.KindOf(err), err, kind)
	}
}

func await[T any](t *testing.T, events <-chan T, what string) (value T) {
	t.Helper()
	select {
	case value = <-events:
	case <-time.After(patience):
		t.Fatalf("%s did not come within %s", what, patience)
	}
	return value
}

// goes runs something beside the test, which awaits the result.
func goes[T any](do func() T) <-chan T {
	done := make(chan T, 1)
	guard.Go(func() { done <- do() }, func(p *guard.Panic) { panic(p) })
	return done
}
