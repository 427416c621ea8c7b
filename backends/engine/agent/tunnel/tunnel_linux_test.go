package tunnel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// patience bounds what should take a moment.
const patience = 2 * time.Minute

// both begins a session whose agent is in this machine's network.
func both(t *testing.T) *Session {
	t.Helper()
	s, _ := begun(t, func(*Arrival) { t.Error("nothing should arrive") })
	return s
}

// begun also returns a channel that is closed at the agent's end; take gets what arrives.
func begun(t *testing.T, take func(*Arrival)) (*Session, <-chan struct{}) {
	t.Helper()
	here, there := net.Pipe()
	ended := make(chan struct{})
	guard.Go(func() {
		defer close(ended)
		Serve(context.Background(), there, there)
	}, nil)
	s := New(here, true, take)
	t.Cleanup(func() {
		s.Close()
		<-ended
		if n := s.mux.NumStreams(); n > 0 || len(s.joined) > 0 {
			t.Errorf("%d streams and %d connections are left", n, len(s.joined))
		}
	})
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, ended
}

// serve listens on the loopback for the time of the test.
func serve(t *testing.T, handle func(conn *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work guard.Group
	work.Run(func() error {
		for {
			conn, err := l.Accept()
			if err != nil {
				return nil
			}
			work.Run(func() error {
				defer func() { _ = conn.Close() }()
				handle(conn.(*net.TCPConn))
				return nil
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		if err := work.Wait(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func echo(conn *net.TCPConn) {
	_, _ = io.Copy(conn, conn)
	_ = conn.CloseWrite()
}

// through connects to an address through the session.
func through(t *testing.T, s *Session, address string) *net.TCPConn {
	t.Helper()
	conn, err := dialThrough(t.Context(), s, address)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func dialThrough(ctx context.Context, s *Session, address string) (*net.TCPConn, error) {
	remote, err := s.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }()
	conn, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		return nil, err
	}
	inner, err := l.Accept()
	if err != nil {
		return nil, err
	}
	s.do(func() { remote.Join(inner.(Conn)) })
	return conn.(*net.TCPConn), nil
}

// TestDirectionsEndOneByOne: what came before an end arrives, and the other direction goes on.
func TestDirectionsEndOneByOne(t *testing.T) {
	s := both(t)
	address := serve(t, func(conn *net.TCPConn) {
		got, _ := io.ReadAll(conn) // to the end of that direction
		_, _ = fmt.Fprintf(conn, "%d bytes", len(got))
	})
	conn := through(t, s, address)
	if _, err := conn.Write(make([]byte, 3<<20)); err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseWrite()
	if answer, err := io.ReadAll(conn); err != nil || string(answer) != "3145728 bytes" {
		t.Errorf("%q, %v", answer, err)
	}
}

// TestASlowConnectionHoldsUpNoOther: nobody reads what floods it.
func TestASlowConnectionHoldsUpNoOther(t *testing.T) {
	s := both(t)
	flood := serve(t, func(conn *net.TCPConn) {
		for {
			if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	slow := through(t, s, flood)
	quick := through(t, s, serve(t, echo))
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	guard.Go(func() {
		_, _ = quick.Write(sent)
		_ = quick.CloseWrite()
	}, nil)
	if got, err := io.ReadAll(quick); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// Its end reaches the server, which would write for ever.
	Reset(slow)
}

// TestAResetIsOne at the other end, too: no end of the data, which would look complete.
func TestAResetIsOne(t *testing.T) {
	s := both(t)
	address := serve(t, func(conn *net.TCPConn) {
		_, _ = conn.Write([]byte("half of"))
		_, _ = conn.Read(make([]byte, 1))
		Reset(conn)
	})
	conn := through(t, s, address)
	part := make([]byte, 7)
	if _, err := io.ReadFull(conn, part); err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write([]byte("x"))
	if _, err := conn.Read(part); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

// TestConnectionsAtOnce: all are open before the first ends.
func TestConnectionsAtOnce(t *testing.T) {
	const many = 200
	s := both(t)
	address := serve(t, echo)
	conns := make([]*net.TCPConn, many)
	err := guard.Each(t.Context(), 20, many, func(i int) (err error) {
		conns[i], err = dialThrough(t.Context(), s, address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = guard.Each(t.Context(), many, many, func(i int) error {
		defer func() { _ = conns[i].Close() }()
		_ = conns[i].SetDeadline(time.Now().Add(patience))
		sent := bytes.Repeat([]byte{byte(i)}, 100_000+i)
		guard.Go(func() {
			_, _ = conns[i].Write(sent)
			_ = conns[i].CloseWrite()
		}, nil)
		got, err := io.ReadAll(conns[i])
		if err == nil && !bytes.Equal(got, sent) {
			err = fmt.Errorf("connection %d: %d bytes came back", i, len(got))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	s := both(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_, err = s.Listen(t.Context(), at)
	wantRefusal(t, err, InUse, "address already in use")
	_ = l.Close()
	_, err = s.Dial(t.Context(), at)
	wantRefusal(t, err, Refused, "connection refused")
	_, err = s.Dial(t.Context(), "@nobody-has-this")
	wantRefusal(t, err, Refused, "connection refused")
	_, err = s.Dial(t.Context(), "no address")
	wantRefusal(t, err, Failed, "missing port in address")
	// None of this has ended the session.
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func wantRefusal(t *testing.T, err error, reason Reason, text string) {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != reason || !bytes.Contains([]byte(refusal.Text), []byte(text)) {
		t.Errorf("got %#v, want reason %d and %q", err, reason, text)
	}
}

// TestListening passes connections back, and tells who connected that nobody takes them.
func TestListening(t *testing.T) {
	address := serve(t, echo)
	refuse := make(chan bool, 1)
	s, ended := begun(t, func(a *Arrival) {
		_ = a.Connect(func() (net.Conn, error) {
			if <-refuse {
				return nil, syscall.ECONNREFUSED
			}
			return net.Dial("tcp4", address)
		})
	})
	at, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refuse <- false
	taken, err := net.Dial("tcp4", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_ = taken.SetDeadline(time.Now().Add(patience))
	_, _ = taken.Write([]byte("hello"))
	_ = taken.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(taken); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	refuse <- true
	conn, err := net.Dial("tcp4", at) // the reset may come before this returns
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
	s.Close()
	<-ended
	if conn, err := net.Dial("tcp4", at); err == nil {
		_ = conn.Close()
		t.Error("it still listens")
	}
}

// TestTheEndOfTheSession resets the connections, also one of which a direction has ended.
func TestTheEndOfTheSession(t *testing.T) {
	s := both(t)
	address := serve(t, func(conn *net.TCPConn) {
		_, _ = conn.Write([]byte("x"))
		_ = conn.CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
	open, half := through(t, s, serve(t, echo)), through(t, s, address)
	if got, err := io.ReadAll(half); err != nil || string(got) != "x" {
		t.Fatalf("%q, %v", got, err)
	}
	s.Close()
	if _, err := open.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Dial(t.Context(), address); err == nil {
		t.Error("it still connects")
	}
}

// TestAnIPv6Server is found where nobody listens at the IPv4 address.
func TestAnIPv6Server(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := both(t)
	port := l.Addr().(*net.TCPAddr).Port
	conn := through(t, s, fmt.Sprintf("127.0.0.1:%d", port))
	inner, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = inner.Write([]byte("six"))
	_ = inner.Close()
	if got, err := io.ReadAll(conn); err != nil || string(got) != "six" {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzReceive reads what a hostile end may send.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{1, 0, 1, 'x'})
	f.Add([]byte{9, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, message []byte) {
		what, text, err := receive(bytes.NewReader(message))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := send(&out, what, text); err != nil || !bytes.HasPrefix(message, out.Bytes()) {
			t.Errorf("%x became %x, %v", message, out.Bytes(), err)
		}
	})
}
