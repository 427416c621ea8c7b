package ssh

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// channelConn makes a net.Conn of an SSH channel: it can be closed while a Read waits,
// has deadlines, and tells the end of the line (ConnectionLost) from the end of the
// stream (EOF), which are the same to the channel.
type channelConn struct {
	line *line
	ch   ssh.Channel
	addr net.Addr
	// atEnd, where set, gives the error for a stream that ended; received tells
	// whether anything came before.
	atEnd func(received bool) error
	// linger is how long a program at the other end may take to end by itself after
	// Close: sshd counts its session until then, also one whose channel is closed.
	linger time.Duration

	data     chan chunk
	gone     chan struct{} // the peer has closed the channel
	closed   chan struct{}
	closing  sync.Once
	ended    atomic.Bool // nothing more will come
	received atomic.Bool

	readMu        sync.Mutex
	rest          []byte
	readErr       error
	readDeadline  deadline
	writeMu       sync.Mutex
	writeDeadline deadline
}

type chunk struct {
	bytes []byte
	err   error
}

// Sizes of the two read buffers of a connection: they grow with the traffic, so that a
// thousand quiet connections are cheap.
const (
	smallBuffer = 4 << 10
	largeBuffer = 64 << 10
)

// newChannelConn takes over a channel.
func newChannelConn(l *line, o opened, addr net.Addr, atEnd func(bool) error, linger time.Duration) *channelConn {
	c := &channelConn{
		line: l, ch: o.ch, addr: addr, atEnd: atEnd, linger: linger,
		data: make(chan chunk), gone: make(chan struct{}), closed: make(chan struct{}),
		readDeadline: newDeadline(), writeDeadline: newDeadline(),
	}
	guard.Go(func() {
		defer close(c.gone)
		for r := range o.requests {
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
	}, nil)
	guard.Go(c.pump, func(p *guard.Panic) { l.fail(p) })
	return c
}

// pump reads ahead by one buffer: while the reader works on one, the other is filled.
func (c *channelConn) pump() {
	buffers := [2][]byte{make([]byte, smallBuffer), make([]byte, smallBuffer)}
	for i := 0; ; i = 1 - i {
		n, err := c.ch.Read(buffers[i])
		if n > 0 {
			c.received.Store(true)
		}
		if err != nil {
			c.ended.Store(true)
			err = c.endError(err)
		}
		if n > 0 || err != nil {
			select {
			case c.data <- chunk{buffers[i][:n], err}:
			case <-c.closed:
				return
			}
		}
		if err != nil {
			return
		}
		if n == len(buffers[i]) && n < largeBuffer {
			buffers = [2][]byte{make([]byte, largeBuffer), make([]byte, largeBuffer)}
		}
	}
}

// endError tells why nothing more comes.
func (c *channelConn) endError(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if c.line.isDead() || c.lineJustDied() {
		return c.line.lost()
	}
	if c.atEnd != nil {
		return c.atEnd(c.received.Load())
	}
	return io.EOF
}

// lineJustDied covers the moment in which x/crypto has ended the channels of a line
// that broke for another reason than its wire, and has not yet closed the wire. It is
// entered only when the channel is closed as a whole.
func (c *channelConn) lineJustDied() bool {
	select {
	case <-c.gone:
	default:
		return false
	}
	for range 16 {
		runtime.Gosched()
		if c.line.isDead() {
			return true
		}
	}
	select {
	case <-c.line.dead:
		return true
	case <-time.After(100 * time.Microsecond):
		return false
	}
}

// Read, like Write, is called by net/http in goroutines of its own.
func (c *channelConn) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	c.readMu.Lock()
	defer c.readMu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	for len(c.rest) == 0 {
		if c.readErr != nil {
			return 0, c.readErr
		}
		if isClosed(c.closed) {
			return 0, net.ErrClosed
		}
		if isClosed(c.readDeadline.wait()) {
			return 0, os.ErrDeadlineExceeded
		}
		select {
		case next := <-c.data:
			c.rest, c.readErr = next.bytes, next.err
		case <-c.closed:
			return 0, net.ErrClosed
		case <-c.readDeadline.wait():
			return 0, os.ErrDeadlineExceeded
		}
	}
	n = copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *channelConn) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if isClosed(c.closed) {
		return 0, net.ErrClosed
	}
	expired := c.writeDeadline.wait()
	if isClosed(expired) {
		return 0, os.ErrDeadlineExceeded
	}
	n, err = c.ch.Write(p)
	switch {
	case err == nil:
		return n, nil
	case c.line.isDead():
		return n, c.line.lost()
	case isClosed(expired):
		return n, os.ErrDeadlineExceeded
	case isClosed(c.closed):
		return n, net.ErrClosed
	case errors.Is(err, io.EOF):
		return n, io.ErrClosedPipe
	}
	return n, err
}

// CloseWrite ends what we send; reading goes on.
func (c *channelConn) CloseWrite() error {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if isClosed(c.closed) {
		return net.ErrClosed
	}
	err := c.ch.CloseWrite()
	if err != nil && c.line.isDead() {
		return c.line.lost()
	}
	if errors.Is(err, io.EOF) {
		return nil // the peer has closed already
	}
	return err
}

// Close returns at once, also when the peer does not answer.
func (c *channelConn) Close() error {
	c.closing.Do(func() {
		close(c.closed)
		guard.Go(func() {
			c.awaitEnd()
			_ = c.ch.Close()
		}, nil)
	})
	return nil
}

// awaitEnd ends what we send, and waits for a program that may end by that.
func (c *channelConn) awaitEnd() {
	if c.linger == 0 || !c.writeMu.TryLock() { // a Write that waits is ended by closing only
		return
	}
	err := c.ch.CloseWrite()
	c.writeMu.Unlock()
	if err != nil {
		return
	}
	select {
	case <-c.gone:
	case <-c.line.dead:
	case <-time.After(c.linger):
	}
}

// usable tells whether a connection that nobody has used yet still leads somewhere.
func (c *channelConn) usable() bool {
	return !c.ended.Load() && !isClosed(c.gone) && !isClosed(c.closed) && !c.line.isDead()
}

func (c *channelConn) LocalAddr() net.Addr  { return c.addr }
func (c *channelConn) RemoteAddr() net.Addr { return c.addr }

func (c *channelConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *channelConn) SetReadDeadline(t time.Time) error {
	c.readDeadline.set(t, nil)
	return nil
}

// SetWriteDeadline closes the channel when a Write is late: how much of it the peer
// has got is not known then, as with any net.Conn.
func (c *channelConn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline.set(t, func() {
		if !c.writeMu.TryLock() {
			guard.Go(func() { _ = c.ch.Close() }, nil)
			return
		}
		c.writeMu.Unlock()
	})
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
