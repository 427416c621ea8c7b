package engine

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestCancelledExecWhoseKillerTheEngineDropped cancels an exec. An engine that is being restarted
// upgrades the connection of the exec that kills it, and ends without starting that.
func TestCancelledExecWhoseKillerTheEngineDropped(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			var starts atomic.Int32
			e := openEngineBy(t, on, func(ctx context.Context) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, "unix", on.Socket)
				return &dropsSecondStart{Conn: conn, starts: &starts}, err
			})
			name := runFor(t, e, []string{"-d", "--init"}, "sleep", "600")
			out := conformance.WatchFor("begun")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			guard.Go(func() { out.Await(t); cancel() }, nil)
			_, err := e.Exec(ctx, core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "echo begun; sleep 500"}}, core.Streams{Stdout: out})
			if core.KindOf(err) != core.KindCancelled || strings.Contains(err.Error(), "may still run") {
				t.Errorf("got %v", err)
			}
			if starts.Load() < 3 {
				t.Errorf("the engine was asked for %d execs", starts.Load())
			}
			top, err := e.ContainerTop(t.Context(), core.ContainerTopRequest{Container: name})
			if err != nil || strings.Contains(fmt.Sprint(top.Processes), "sleep 500") {
				t.Errorf("it runs still: %+v, %v", top, err)
			}
		})
	}
}

// dropsSecondStart is a connection on which an engine answers the second start of an exec, and then ends.
type dropsSecondStart struct {
	net.Conn
	starts  *atomic.Int32
	dropped atomic.Pointer[bytes.Reader]
}

func (d *dropsSecondStart) Write(p []byte) (int, error) {
	if request, _, _ := bytes.Cut(p, []byte("\r\n")); bytes.Contains(request, []byte("/exec/")) && bytes.Contains(request, []byte("/start")) && d.starts.Add(1) == 2 {
		d.dropped.Store(bytes.NewReader([]byte("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")))
		return len(p), d.Conn.Close()
	}
	if d.dropped.Load() != nil {
		return len(p), nil // the kernel takes it
	}
	return d.Conn.Write(p)
}

func (d *dropsSecondStart) Read(p []byte) (int, error) {
	if dropped := d.dropped.Load(); dropped != nil {
		return dropped.Read(p)
	}
	return d.Conn.Read(p)
}

func (d *dropsSecondStart) CloseWrite() error { return d.Conn.(*net.UnixConn).CloseWrite() }
