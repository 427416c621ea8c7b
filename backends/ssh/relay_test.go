package ssh

import (
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
)

// relay passes connections on to a port of this machine, and can reset them, which toxiproxy
// does by chance only.
type relay struct {
	port  int
	mu    sync.Mutex
	conns []*net.TCPConn
}

func newRelay(t testing.TB, to int) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{port: listener.Addr().(*net.TCPAddr).Port}
	t.Cleanup(func() { _ = listener.Close(); r.reset() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(to)))
			if err != nil {
				_ = near.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, near.(*net.TCPConn), far.(*net.TCPConn))
			r.mu.Unlock()
			go func() { _, _ = io.Copy(near, far) }()
			go func() { _, _ = io.Copy(far, near) }()
		}
	}()
	return r
}

// reset ends the connections by RST. New ones are passed on.
func (r *relay) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_ = conn.SetLinger(0)
		_ = conn.Close()
	}
	r.conns = nil
}
