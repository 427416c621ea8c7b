package tunnel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// recorded is a connection that keeps what was written to it.
type recorded struct {
	io.ReadWriteCloser
	mu      sync.Mutex
	written []byte
}

func (r *recorded) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.written = append(r.written, p...)
	r.mu.Unlock()
	return r.ReadWriteCloser.Write(p)
}

func dialTCP(_ context.Context, address string) (io.ReadWriteCloser, error) {
	return net.Dial("tcp", address)
}

// TestDirect: a direct connection carries what the stream would, and nobody on its way can read it.
func TestDirect(t *testing.T) {
	s := both(t)
	var wire *recorded
	direct, err := s.Direct(t.Context(), "127.0.0.1", func(ctx context.Context, address string) (io.ReadWriteCloser, error) {
		conn, err := dialTCP(ctx, address)
		wire = &recorded{ReadWriteCloser: conn}
		return wire, err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	conn := through(t, direct, serve(t, echo))
	sent := bytes.Repeat([]byte("what the caller sends "), 1<<20/4)
	guard.Go(func() {
		_, _ = conn.Write(sent)
		_ = conn.CloseWrite()
	}, nil)
	if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes of %d, %v", len(got), len(sent), err)
	}
	wire.mu.Lock()
	defer wire.mu.Unlock()
	if len(wire.written) < len(sent) || bytes.Contains(wire.written, []byte("the caller")) {
		t.Errorf("%d bytes went over the wire, readable", len(wire.written))
	}
}

// TestDirectIsForTheClientAlone: who has not the secret is not heard, and holds up nobody; what
// the client has sent opens no second connection.
func TestDirectIsForTheClientAlone(t *testing.T) {
	s := both(t)
	var strangers []net.Conn
	var first *recorded
	direct, err := s.Direct(t.Context(), "127.0.0.1", func(ctx context.Context, address string) (io.ReadWriteCloser, error) {
		for _, says := range [][]byte{nil, make([]byte, 4), append([]byte{0, 0, 0, 16}, make([]byte, 16)...), []byte("GET / HTTP/1.1\r\n\r\n")} {
			stranger, err := net.Dial("tcp", address)
			if err != nil {
				return nil, err
			}
			_, _ = stranger.Write(says)
			strangers = append(strangers, stranger)
		}
		conn, err := dialTCP(ctx, address)
		first = &recorded{ReadWriteCloser: conn}
		return first, err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	wantEcho(t, through(t, direct, serve(t, echo)))
	_ = strangers[0].SetDeadline(time.Now().Add(patience))
	for i, stranger := range strangers[1:] { // the first has said nothing yet
		_ = stranger.SetDeadline(time.Now().Add(patience))
		if got, _ := io.ReadAll(stranger); len(got) > 0 {
			t.Errorf("stranger %d heard %q", i+1, got)
		}
	}
	wantNoSecond(t, strangers[0], first)
	replayed(t, first.written)
}

// wantNoSecond sends what the client has sent, to the same agent, over a connection that was
// there before: the agent says no more than that it knows the secret, as it has said before.
func wantNoSecond(t *testing.T, stranger net.Conn, first *recorded) {
	t.Helper()
	first.mu.Lock()
	defer first.mu.Unlock()
	_, _ = stranger.Write(first.written)
	if got, err := io.ReadAll(stranger); len(got) > lengthField+sealLength || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it heard %d bytes, %v", len(got), err)
	}
	_ = stranger.Close()
}

// replayed sends to another agent's end what a client has sent.
func replayed(t *testing.T, written []byte) {
	here, there := net.Pipe()
	over := newSealed(there, make([]byte, secretLength), false)
	guard.Go(func() { _, _ = here.Write(written) }, nil)
	if err := over.greet(false); err == nil {
		t.Error("another secret opens it")
	}
	_ = here.Close()
}

// TestDirectThatIsRefused: the stream goes on without it.
func TestDirectThatIsRefused(t *testing.T) {
	s := both(t)
	for what, ip := range map[string]string{"no address of this machine": "192.0.2.1", "no address": "example", "nothing": ""} {
		direct, err := s.Direct(t.Context(), ip, func(context.Context, string) (io.ReadWriteCloser, error) {
			t.Error(what)
			return nil, io.EOF
		})
		if err == nil {
			direct.Close()
			t.Error(what)
		}
	}
	if _, err := s.Direct(t.Context(), "127.0.0.1", func(context.Context, string) (io.ReadWriteCloser, error) {
		return nil, io.ErrUnexpectedEOF
	}); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
	wantEcho(t, through(t, s, serve(t, echo)))
}

// TestDirectEndsWithTheStream: and not the other way round.
func TestDirectEndsWithTheStream(t *testing.T) {
	s, _ := begun(t, func(*Arrival) {})
	direct, err := s.Direct(t.Context(), "127.0.0.1", dialTCP)
	if err != nil {
		t.Fatal(err)
	}
	direct.Close()
	wantEcho(t, through(t, s, serve(t, echo)))
	direct, err = s.Direct(t.Context(), "127.0.0.1", dialTCP)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	select {
	case <-direct.Done():
	case <-time.After(patience):
		t.Error("it goes on")
	}
	direct.Close()
}

func wantEcho(t *testing.T, conn *net.TCPConn) {
	t.Helper()
	_, _ = io.WriteString(conn, "hello")
	_ = conn.CloseWrite()
	if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}
