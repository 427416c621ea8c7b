package local

import (
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// relay passes connections on to an engine from an address of its own, which a test can
// close and open again.
type relay struct {
	t                testing.TB
	network, address string
	upNetwork, upTo  string

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// newRelay listens at address: a path, or 127.0.0.1:0 for any port.
func newRelay(t testing.TB, network, address, upNetwork, upTo string) *relay {
	t.Helper()
	r := &relay{t: t, network: network, address: address, upNetwork: upNetwork, upTo: upTo}
	r.mend()
	t.Cleanup(r.cut)
	return r
}

// cut ends all connections and refuses new ones until mend.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for _, conn := range r.conns {
		_ = conn.Close()
	}
	r.conns = nil
}

func (r *relay) mend() {
	r.t.Helper()
	if r.network == "unix" {
		_ = os.Remove(r.address)
	}
	var listener net.Listener
	var err error
	for late := time.Now().Add(time.Minute); ; { // its port may serve another for a moment
		if listener, err = net.Listen(r.network, r.address); err == nil || time.Now().After(late) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.listener, r.address = listener, listener.Addr().String()
	r.mu.Unlock()
	guard.Go(func() { r.serve(listener) }, nil)
}

func (r *relay) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		guard.Go(func() { r.pass(listener, conn) }, nil)
	}
}

func (r *relay) pass(listener net.Listener, conn net.Conn) {
	up, err := net.Dial(r.upNetwork, r.upTo)
	if err != nil {
		_ = conn.Close()
		return
	}
	r.mu.Lock()
	current := r.listener == listener
	r.conns = append(r.conns, conn, up)
	r.mu.Unlock()
	if !current {
		_, _ = conn.Close(), up.Close()
		return
	}
	guard.Go(func() { copyAndClose(up, conn) }, nil)
	copyAndClose(conn, up)
}

// copyAndClose passes one direction on, with its end.
func copyAndClose(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
