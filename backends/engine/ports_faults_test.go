package engine

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestForwardOutlivesRestarts: the container has another network after each.
func TestForwardOutlivesRestarts(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name := runFor(t, e, []string{"-d", "--init"}, "sleep", "600")
		here, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = here.Close() })
		served(here, "this machine")
		f := forwarding(t, e, core.ForwardRequest{Container: name, Port: 8888})
		back := forwarding(t, e, core.ForwardRequest{Container: name, Reverse: true, LocalPort: here.Addr().(*net.TCPAddr).Port})
		for _, word := range []string{"first", "second"} {
			l := bed.ListenInside(t, pid(t, e, name), "tcp4", "127.0.0.1:8888")
			served(l, word)
			f.wantAnswer(t, "", word)
			wantInside(t, e, name, back, "this machine")
			conn, err := f.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if _, err := io.ReadFull(conn, make([]byte, len(word))); err != nil {
				t.Fatal(err)
			}
			_ = l.Close()
			if err := e.Restart(t.Context(), core.StopRequest{Container: name}); err != nil {
				t.Fatal(err)
			}
		}
		f.wantRefusal(t, "nobody listens")
		if err := e.Stop(t.Context(), core.StopRequest{Container: name}); err != nil {
			t.Fatal(err)
		}
		f.wantRefusal(t, "start it first")
		if err := e.Remove(t.Context(), core.RemoveRequest{Container: name}); err != nil {
			t.Fatal(err)
		}
		f.wantRefusal(t, "No such container")
	})
}

// wantInside asks at a port of the container, from inside, as soon as somebody listens there.
func wantInside(t *testing.T, e *Engine, name string, back *forwarded, want string) {
	t.Helper()
	var out bytes.Buffer
	script := `until nc 127.0.0.1 "$0" </dev/null 2>/dev/null; do usleep 20000; done`
	_, err := e.Exec(t.Context(), core.ExecRequest{
		Container: name, Command: core.Command{Argv: []string{"timeout", "150", "sh", "-c", script, strconv.Itoa(back.Port)}},
	}, core.Streams{Stdout: &out})
	if err != nil || out.String() != want {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}

// TestForwardOutlivesTheConnection: connections that were open are reset, new ones work, and
// of the old helper nothing is left.
func TestForwardOutlivesTheConnection(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			line := &cutter{socket: on.Socket}
			e, err := New(Options{Target: on.Host, Dial: line.dial, Open: patient(on)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			name, port := serverIn(t, e, "hello")
			here, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = here.Close() })
			served(here, "this machine")
			f := forwarding(t, e, core.ForwardRequest{Container: name, Port: port})
			back := forwarding(t, e, core.ForwardRequest{Container: name, Reverse: true, LocalPort: here.Addr().(*net.TCPAddr).Port})
			for range 3 {
				open, err := f.dial()
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = open.Close() }()
				if _, err := io.ReadFull(open, make([]byte, 5)); err != nil {
					t.Fatal(err)
				}
				line.cut()
				if n, err := open.Read(make([]byte, 1)); n > 0 || err == nil || err == io.EOF {
					t.Errorf("an open connection got %d bytes, %v", n, err)
				}
				f.wantAnswer(t, " again", "hello again")
				wantInside(t, e, name, back, "this machine")
			}
			for until := time.Now().Add(longest); len(helpers(t, e)) != 2; { // the old ones end by themselves
				if time.Now().After(until) {
					t.Fatalf("%d helpers for two ports", len(helpers(t, e)))
				}
			}
		})
	}
}

// TestForwardSockets: a local one is its owner's only; one in the container has no file.
func TestForwardSockets(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		name := runFor(t, e, []string{"-d"}, "sleep", "600")
		abstract := "@mlng-" + uuid.NewString()
		served(bed.ListenInside(t, pid(t, e, name), "unix", abstract), "abstract")
		folder, err := os.MkdirTemp("", "mlng") // a short path
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		path := filepath.Join(folder, "s")
		f := forwarding(t, e, core.ForwardRequest{Container: name, Socket: abstract, LocalSocket: path})
		if f.Socket != path || f.Host != "" || f.Port != 0 {
			t.Errorf("%+v", f.ListeningEvent)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		f.wantAnswer(t, " it is", "abstract it is")
		// The other way round: what connects in the container gets to that socket.
		back := forwarding(t, e, core.ForwardRequest{Container: name, LocalSocket: path, Reverse: true})
		wantInside(t, e, name, back, "abstract")
		if err := f.end(); core.KindOf(err) != core.KindCancelled {
			t.Errorf("it ended with %v", err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the socket stays: %v", err)
		}
	})
}

// TestForwardEndsWithTheWayToTheEngine: a key that is withdrawn is no outage that ends.
func TestForwardEndsWithTheWayToTheEngine(t *testing.T) {
	t.Parallel()
	on := bed.Engines(t)[0]
	line := &cutter{socket: on.Socket}
	var withdrawn atomic.Bool
	dial := func(ctx context.Context) (net.Conn, error) {
		if withdrawn.Load() {
			return nil, core.Errorf(core.KindAuthenticationFailed, "no key is accepted")
		}
		return line.dial(ctx)
	}
	e, other := openEngineBy(t, on, dial), openEngine(t, on)
	name, port := serverIn(t, other, "hello")
	ended, ready := make(chan error, 1), make(chan core.ListeningEvent, 1)
	guard.Go(func() {
		ended <- e.Forward(t.Context(), core.ForwardRequest{Container: name, Port: port}, func(event any) {
			if at, ok := event.(core.ListeningEvent); ok {
				ready <- at
			}
		})
	}, nil)
	f := &forwarded{ListeningEvent: <-ready}
	f.wantAnswer(t, "", "hello")
	withdrawn.Store(true)
	line.cut()
	select {
	case err := <-ended:
		if core.KindOf(err) != core.KindAuthenticationFailed {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(longest):
		t.Fatal("it does not end")
	}
	if _, err := f.dial(); err == nil {
		t.Error("it still listens")
	}
	// The agent has ended with its connection, and the engine removes its container.
	session := labelFilter(LabelSession, e.opts.Open.Session)
	for until := time.Now().Add(longest); ; {
		left, err := other.api.ContainerList(t.Context(), container.ListOptions{All: true, Filters: session})
		if err == nil && len(left) == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%v is left, %v", left, err)
		}
	}
}
