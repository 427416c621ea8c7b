package sshconn

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// wire is the byte stream below an SSH connection. It remembers when something last arrived,
// and reports its first error before anything above can see it: that distinguishes the loss
// of the connection from the end of one stream. See also Login.outlives.
type wire struct {
	net.Conn
	mu    sync.Mutex
	reads bool          // a Read is under way
	next  chan struct{} // if set, closed when the next Read begins

	lastRead atomic.Int64 // nanoseconds since start
	start    time.Time
	once     sync.Once
	onError  func(error)
}

func newWire(conn net.Conn, onError func(error)) *wire {
	return &wire{Conn: conn, start: time.Now(), onError: onError}
}

// Read and Write run in goroutines of x/crypto.
func (w *wire) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	w.setReading(true)
	defer w.setReading(false)
	n, err = w.Conn.Read(p)
	if n > 0 {
		w.lastRead.Store(int64(time.Since(w.start)))
	}
	if err != nil {
		w.report(err)
	}
	return n, err
}

func (w *wire) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	n, err = w.Conn.Write(p)
	if err != nil {
		w.report(err)
	}
	return n, err
}

// reading returns a channel that is closed once a Read is under way.
func (w *wire) reading() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reads {
		return alreadyClosed
	}
	if w.next == nil {
		w.next = make(chan struct{})
	}
	return w.next
}

func (w *wire) setReading(now bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads = now
	if now && w.next != nil {
		close(w.next)
		w.next = nil
	}
}

var alreadyClosed = func() <-chan struct{} { c := make(chan struct{}); close(c); return c }()

// dropUnsent makes Close forget what was not sent yet: a request over a connection that
// counts as lost must not arrive after it was repeated over another one.
func (w *wire) dropUnsent() {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

func (w *wire) Close() error {
	w.report(net.ErrClosed)
	return w.Conn.Close()
}

func (w *wire) report(err error) { w.once.Do(func() { w.onError(err) }) }

// silence is how long nothing has come.
func (w *wire) silence() time.Duration {
	return time.Since(w.start) - time.Duration(w.lastRead.Load())
}
