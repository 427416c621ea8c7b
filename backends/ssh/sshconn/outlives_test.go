package sshconn

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// hurt is a client's end of a connection, which the test can hurt.
type hurt struct {
	net.Conn
	garble atomic.Bool // what is read has a wrong bit
	hold   atomic.Bool // a Write waits until Close
	held   chan struct{}
	closed chan struct{}
	close  atomic.Bool
}

func (h *hurt) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n > 0 && h.garble.Load() {
		p[n-1] ^= 1
	}
	return n, err
}

func (h *hurt) Write(p []byte) (int, error) {
	if h.hold.Load() {
		close(h.held)
		<-h.closed
		return 0, net.ErrClosed
	}
	return h.Conn.Write(p)
}

func (h *hurt) Close() error {
	if h.close.CompareAndSwap(false, true) {
		close(h.closed)
	}
	return h.Conn.Close()
}

// serve gives a connection to a server of its own, and the channels that the server accepts.
func serve(t *testing.T) (client *hurt, channels <-chan ssh.Channel) {
	t.Helper()
	accepted := make(chan ssh.Channel, 8)
	server := newServer(t, func(_ ssh.Conn, o ssh.NewChannel) {
		ch, requests, err := o.Accept()
		if err != nil {
			return
		}
		guard.Go(func() { ssh.DiscardRequests(requests) }, nil)
		accepted <- ch
	})
	conn, err := net.Dial("tcp", server.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	client = &hurt{Conn: conn, held: make(chan struct{}), closed: make(chan struct{})}
	t.Cleanup(func() { _ = client.Close() })
	return client, accepted
}

// loggedIn logs in over a connection, as Use does.
func loggedIn(t *testing.T, conn net.Conn) *Login {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	settings := &sshconfig.Settings{Alias: "host", HostName: "127.0.0.1", Port: "22", User: "root", StrictHostKeyChecking: "no"}
	l, err := Options{}.withDefaults().handshake(ctx, conn, settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.drop(context.Canceled) })
	return l
}

func openStream(t *testing.T, l *Login) *Stream {
	t.Helper()
	o := l.open(t.Context(), "session", nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	return newStream(l, o, &net.UnixAddr{Name: "test", Net: "unix"}, nil, 0)
}

// TestALossIsNoEnd: the host's bytes are garbled, so x/crypto gives the connection up. It ends
// the first stream, and then waits for a Write on the second one before it closes the wire. The
// reader of the first one must not take that for the end of the stream, however long it lasts.
func TestALossIsNoEnd(t *testing.T) {
	conn, channels := serve(t)
	l := loggedIn(t, conn)
	first, second := openStream(t, l), openStream(t, l)
	peer := <-channels
	conn.hold.Store(true)
	guard.Go(func() { _, _ = second.Write([]byte("never sent")) }, nil)
	<-conn.held
	conn.garble.Store(true)
	if _, err := peer.Write([]byte("garbled")); err != nil {
		t.Fatal(err)
	}
	<-first.gone
	guard.Go(func() { l.keepAlive(300 * time.Millisecond) }, nil)
	if n, err := first.Read(make([]byte, 1)); core.KindOf(err) != core.KindConnectionLost {
		t.Errorf("read %d bytes, and then: %v", n, err)
	}
}

// TestAnEndIsNoLoss: the host closes a stream as a whole, and nothing else happens.
func TestAnEndIsNoLoss(t *testing.T) {
	conn, channels := serve(t)
	l := loggedIn(t, conn)
	for range 100 {
		s := openStream(t, l)
		peer := <-channels
		if _, err := peer.Write([]byte("all")); err != nil {
			t.Fatal(err)
		}
		_ = peer.Close()
		if text, err := io.ReadAll(s); string(text) != "all" || err != nil {
			t.Fatalf("%q, %v", text, err)
		}
	}
}

// TestAPauseIsNoSilence: a program that was stopped while it waited for an answer has that in its
// socket, and gets time to read it; a peer that stays silent is lost all the same.
func TestAPauseIsNoSilence(t *testing.T) {
	peer, silence := silentPeer{limit: 12 * time.Second}, 3*time.Second
	looks := func(count int) (asked, lost int) {
		for range count {
			silence += time.Second
			ask, gone := peer.look(silence)
			if ask {
				asked++
			}
			if gone {
				lost++
			}
		}
		return asked, lost
	}
	if asked, lost := looks(2); asked != 1 || lost != 0 {
		t.Fatalf("asked %d times, lost %d", asked, lost)
	}
	silence += time.Hour
	if asked, lost := looks(4); asked != 0 || lost != 0 {
		t.Errorf("after a pause: asked %d times, lost %d", asked, lost)
	}
	if _, lost := looks(1); lost != 1 {
		t.Error("a silent peer is not lost")
	}
}
