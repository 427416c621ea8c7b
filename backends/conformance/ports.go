package conformance

import (
	"context"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

var portTests = []test{
	{"ports: forward", testForward},
	{"ports: reverse", testForwardReverse},
	{"ports: bad arguments", testForwardBadInput},
}

// forward begins to forward, until the test's end.
func (f *fixture) forward(t *testing.T, req core.ForwardRequest) core.ListeningEvent {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan core.ListeningEvent, 1), make(chan error, 1)
	guard.Go(func() {
		ended <- f.Forward(ctx, req, func(event any) {
			if at, ok := event.(core.ListeningEvent); ok {
				ready <- at
			}
		})
	}, nil)
	select {
	case at := <-ready:
		t.Cleanup(func() {
			cancel()
			wantKind(t, <-ended, core.KindCancelled)
		})
		return at
	case err := <-ended:
		cancel()
		t.Fatal(err)
	case <-time.After(patience):
		cancel()
		t.Fatal("it does not begin")
	}
	return core.ListeningEvent{}
}

func testForward(t *testing.T, f *fixture) {
	box := f.sleeper(t)
	served := f.exec(t, box, "sh", "-c", "nc -ll -p 8888 -e cat >/dev/null 2>&1 & until netstat -lnt | grep -q :8888; do usleep 10000; done")
	if served.err != nil {
		t.Fatal(served.err)
	}
	at := f.forward(t, core.ForwardRequest{Container: box, Port: 8888})
	for range 2 {
		conn, err := net.Dial("tcp", net.JoinHostPort(at.Host, strconv.Itoa(at.Port)))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, _ = io.WriteString(conn, "hello")
		_ = conn.(*net.TCPConn).CloseWrite()
		if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
			t.Errorf("got %q, %v", got, err)
		}
		_ = conn.Close()
	}
	wantKind(t, f.Stop(t.Context(), core.StopRequest{Container: box}), "")
	wantKind(t, f.Forward(t.Context(), core.ForwardRequest{Container: box, Port: 8888}, nil), core.KindContainerNotRunning)
}

func testForwardReverse(t *testing.T, f *fixture) {
	here, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = here.Close() }()
	guard.Go(func() {
		for {
			conn, err := here.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "this machine\n")
			_ = conn.Close()
		}
	}, nil)
	box := f.sleeper(t)
	at := f.forward(t, core.ForwardRequest{Container: box, Port: 5000, LocalPort: here.Addr().(*net.TCPAddr).Port, Reverse: true})
	if at.Host != "127.0.0.1" || at.Port != 5000 {
		t.Errorf("got %+v", at)
	}
	f.exec(t, box, "sh", "-c", "nc 127.0.0.1 5000 </dev/null").want(t, 0, "this machine\n", "")
}

func testForwardBadInput(t *testing.T, f *fixture) {
	for _, req := range []core.ForwardRequest{
		{Container: "", Port: 1}, {Container: "../x", Port: 1}, {Container: "x"}, {Container: "x", Port: -1}, {Container: "x", Port: 1 << 16},
		{Container: "x", Socket: "/run/s"}, {Container: "x", Port: 1, Socket: "@s"}, {Container: "x", Port: 1, LocalPort: -1},
		{Container: "x", Port: 1, LocalSocket: "s"}, {Container: "x", Reverse: true},
	} {
		wantKind(t, f.Forward(t.Context(), req, nil), core.KindInvalidArgument)
	}
	wantKind(t, f.Forward(t.Context(), core.ForwardRequest{Container: f.name(t), Port: 1}, nil), core.KindContainerNotFound)
}
