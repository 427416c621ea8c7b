package bed

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Relay is a way to an address whose connections a test can end. toxiproxy resets them by chance only.
type Relay struct {
	Port  int // of this machine's loopback
	mu    sync.Mutex
	conns []*net.TCPConn
}

// RelayTo returns a Relay to an address, until the end of the test.
func RelayTo(t testing.TB, address string) *Relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{Port: listener.Addr().(*net.TCPAddr).Port}
	t.Cleanup(func() { _ = listener.Close(); r.Cut() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", address)
			if err != nil {
				_ = from.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, from.(*net.TCPConn), to.(*net.TCPConn))
			r.mu.Unlock()
			go pass(from, to)
			go pass(to, from)
		}
	}()
	return r
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

// Cut ends all connections. New ones are passed on.
func (r *Relay) Cut() { r.end(-1) }

// Reset ends all connections by RST. New ones are passed on.
func (r *Relay) Reset() { r.end(0) }

func (r *Relay) end(linger int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_ = conn.SetLinger(linger)
		_ = conn.Close()
	}
	r.conns = nil
}
