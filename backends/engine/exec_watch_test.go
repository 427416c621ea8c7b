package engine

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// The engine that lost the end of an exec: its answers have the ID of a process that is
// not there, and the stream stays open.
func TestExecWhoseEndWasLost(t *testing.T) {
	t.Parallel()
	pid := regexp.MustCompile(`"Pid":[0-9]+`)
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			out := conformance.WatchFor("said\n")
			lost := altered(t, on, func(path string, answer []byte) []byte {
				if !strings.Contains(path, "/exec/") || out.String() == "" {
					return answer
				}
				return pid.ReplaceAll(answer, []byte(`"Pid":99999999`))
			})
			e := openEngine(t, lost)
			e.execs.EndPatience = 2 * time.Second
			name := runFor(t, e, []string{"-d"}, "sleep", "600")
			_, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "echo said; sleep 600"}}, core.Streams{Stdout: out})
			var known *core.Error
			if !errors.As(err, &known) || known.Kind != core.KindEngineError || known.Details["reason"] != "end_lost" || out.String() != "said\n" {
				t.Errorf("got %q, %v", out.String(), err)
			}
		})
	}
}

// TestExecWhoseHostPIDContainerEnds has a container whose end does not end its execs' streams
// on old engines.
func TestExecWhoseHostPIDContainerEnds(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		for _, removed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s removed=%v", on.Name, removed), func(t *testing.T) {
				t.Parallel()
				e := openEngine(t, on)
				name := runFor(t, e, []string{"-d", "--pid=host"}, "sleep", "600")
				said := conformance.WatchFor("said")
				ended := make(chan error, 1)
				guard.Go(func() {
					result, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "echo said; sleep 600"}}, core.Streams{Stdout: said})
					if err == nil && result.ExitCode != 137 {
						err = fmt.Errorf("exit code %d", result.ExitCode)
					}
					ended <- err
				}, nil)
				said.Await(t)
				var err error
				if removed {
					err = e.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true})
				} else {
					err = e.Kill(t.Context(), core.KillRequest{Container: name})
				}
				if err != nil {
					t.Fatal(err)
				}
				err = <-ended
				if kind := core.KindOf(err); err != nil && kind != core.KindContainerNotRunning && kind != core.KindContainerNotFound {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestQuietExecGoesOn(t *testing.T) {
	t.Parallel()
	on := bed.Engines(t)[0]
	e := openEngine(t, on)
	name := runFor(t, e, []string{"-d"}, "sleep", "600")
	var out bytes.Buffer
	result, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "sleep 9; echo said; exit 3"}}, core.Streams{Stdout: &out})
	if err != nil || result.ExitCode != 3 || out.String() != "said\n" {
		t.Errorf("got %+v, %q, %v", result, out.String(), err)
	}
}
