package engine

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// cancelledAtStart is a client whose caller gives up while a start is on its way.
func cancelledAtStart(t *testing.T, on bed.Engine) (context.Context, *Engine) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	e := openEngineBy(t, on, func(ctx context.Context) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", on.Socket)
		return startConn{conn, cancel}, err
	})
	return ctx, e
}

type startConn struct {
	net.Conn
	started func()
}

func (c startConn) Write(p []byte) (int, error) {
	if line, _, _ := bytes.Cut(p, []byte("\r\n")); bytes.Contains(line, []byte("/start")) {
		c.started()
	}
	return c.Conn.Write(p)
}

func (c startConn) CloseWrite() error { return c.Conn.(*net.UnixConn).CloseWrite() }

// TestDetachedRunIsCancelledAtStart: its caller does not learn the ID, so it does not go on.
func TestDetachedRunIsCancelledAtStart(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		for _, options := range [][]string{{"-d"}, {"-d", "--rm"}} {
			ctx, client := cancelledAtStart(t, on)
			name := "mlng-test-" + uuid.NewString()
			t.Cleanup(func() { removeNow(t, e, name) })
			_, err := client.Run(ctx, core.RunRequest{
				Image: "mlng-busybox", Command: core.Command{Argv: []string{"sleep", "600"}}, Options: append(options, "--name", name),
			}, core.Streams{})
			if core.KindOf(err) != core.KindCancelled {
				t.Errorf("%v: got %v", options, err)
			}
			state, err := e.State(t.Context(), core.ContainerRequest{Container: name})
			if err != nil || state.Running || state.Exists != (len(options) == 1) {
				t.Errorf("%v: got %+v, %v", options, state, err)
			}
		}
	})
}

func TestDetachedExecIsCancelledAtStart(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		name := runFor(t, e, []string{"-d"}, "sleep", "600")
		ctx, client := cancelledAtStart(t, on)
		_, err := client.Exec(ctx, core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"sleep", "599"}}, Options: []string{"-d"}}, core.Streams{})
		if core.KindOf(err) != core.KindCancelled {
			t.Errorf("got %v", err)
		}
		var out bytes.Buffer
		_, err = e.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"ps"}}}, core.Streams{Stdout: &out})
		if err != nil || strings.Contains(out.String(), "sleep 599") {
			t.Errorf("%v, runs on:\n%s", err, out.String())
		}
	})
}
