package engine

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// slowShell begins a durable exec when it is let go.
const slowShell = `mkdir /slow && cat >/slow/sh <<'END' && chmod 755 /slow/sh
#!/bin/sh
case $2 in *mkdir*) until [ -e /go ]; do sleep 0.1; done;; esac
exec /bin/sh "$@"
END
`

// TestADurableExecThatBeginsLate: a reader that comes before it waits for it, and does not
// say that there is none.
func TestADurableExecThatBeginsLate(t *testing.T) {
	onEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		name := runFor(t, e, []string{"-d", "-e", "PATH=/slow:/usr/bin:/bin"}, "/bin/sh", "-c", slowShell+"sleep 600")
		if _, err := e.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"/bin/sh", "-c", "until [ -x /slow/sh ]; do :; done"}}}, core.Streams{}); err != nil {
			t.Fatal(err)
		}
		ctx, closed := context.WithCancelCause(t.Context())
		began := make(chan string, 1)
		guard.Go(func() {
			id := <-began
			engineID, _, _ := strings.Cut(id, ".")
			for info := (container.ExecInspect{}); !info.Running && t.Context().Err() == nil; {
				info, _ = e.session.API.ContainerExecInspect(t.Context(), engineID)
			}
			closed(core.ClosedError())
		}, nil)
		var id string
		_, err := e.Exec(ctx, core.ExecRequest{Container: name, Durable: true, Command: core.Command{Argv: []string{"echo", "hello"}}}, core.Streams{Event: func(event any) {
			if started, ok := event.(core.StartedEvent); ok {
				id = started.ExecID
				began <- id
			}
		}})
		if core.KindOf(err) != core.KindClientClosed {
			t.Fatalf("got %v", err)
		}
		guard.Go(func() { // lets it go after a reader has given up, and another one has come
			_, _ = e.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Argv: []string{
				"/bin/sh", "-c", `until cat /proc/[0-9]*/cmdline | grep -q '[t]ries+=1'; do sleep 0.1; done; sleep 6; touch /go`,
			}}}, core.Streams{})
		}, nil)
		var out bytes.Buffer
		result, err := openEngine(t, on).ReattachExec(t.Context(), core.ReattachExecRequest{Container: name, ExecID: id}, core.Streams{Stdout: &out})
		if err != nil || result.ExitCode != 0 || out.String() != "hello\n" {
			t.Errorf("got %+v, %q, %v", result, out.String(), err)
		}
	})
}
