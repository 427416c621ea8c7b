package sshconn

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Stream is an SSH channel as a net.Conn: it can be closed while a Read waits, has deadlines,
// and distinguishes the loss of the connection (ConnectionLost) from the end of the stream
// (EOF), which are the same to the channel.
type Stream struct {
	login *Login
	ch    ssh.Channel
	addr  net.Addr
	// atEnd, if set, returns the error for a stream that ended; received reports
	// whether anything came before.
	atEnd func(received bool) error
	// linger is how long a program at the other end may take to end by itself after
	// Close: sshd counts its session until then, even if its channel is closed.
	linger time.Duration

	data     chan chunk
	gone     chan struct{} // the peer has closed the channel
	closed   chan struct{}
	closing  sync.Once
	ended    atomic.Bool // nothing more will arrive
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

// Sizes of the two read buffers of a stream: they grow with the traffic, so that a thousand
// quiet streams are cheap.
const (
	smallBuffer = 4 << 10
	largeBuffer = 64 << 10
)

// newStream makes a stream that owns a channel.
func newStream(l *Login, o opened, addr net.Addr, atEnd func(bool) error, linger time.Duration) *Stream {
	s := &Stream{
		login: l, ch: o.ch, addr: addr, atEnd: atEnd, linger: linger,
		data: make(chan chunk), gone: make(chan struct{}), closed: make(chan struct{}),
		readDeadline: newDeadline(), writeDeadline: newDeadline(),
	}
	guard.Go(func() {
		defer close(s.gone)
		for r := range o.requests {
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
	}, nil)
	guard.Go(s.pump, func(p *guard.Panic) { l.drop(p) })
	return s
}

// pump reads ahead by one buffer: while the reader works on one, the other is filled.
func (s *Stream) pump() {
	buffers := [2][]byte{make([]byte, smallBuffer), make([]byte, smallBuffer)}
	for i := 0; ; i = 1 - i {
		n, err := s.ch.Read(buffers[i])
		if n > 0 {
			s.received.Store(true)
		}
		if err != nil {
			s.ended.Store(true)
			err = s.endError(err)
		}
		if n > 0 || err != nil {
			select {
			case s.data <- chunk{buffers[i][:n], err}:
			case <-s.closed:
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

// endError says why nothing more arrives.
func (s *Stream) endError(err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case !s.login.outlives(s.closed):
		return s.login.Lost()
	case s.atEnd != nil:
		return s.atEnd(s.received.Load())
	}
	return io.EOF
}

// Read, like Write, is called by net/http in goroutines of its own.
func (s *Stream) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	s.readMu.Lock()
	defer s.readMu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.rest) == 0 {
		if s.readErr != nil {
			return 0, s.readErr
		}
		if isClosed(s.closed) {
			return 0, net.ErrClosed
		}
		if isClosed(s.readDeadline.wait()) {
			return 0, os.ErrDeadlineExceeded
		}
		select {
		case next := <-s.data:
			s.rest, s.readErr = next.bytes, next.err
		case <-s.closed:
			return 0, net.ErrClosed
		case <-s.readDeadline.wait():
			return 0, os.ErrDeadlineExceeded
		}
	}
	n = copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *Stream) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if isClosed(s.closed) {
		return 0, net.ErrClosed
	}
	expired := s.writeDeadline.wait()
	if isClosed(expired) {
		return 0, os.ErrDeadlineExceeded
	}
	n, err = s.ch.Write(p)
	switch {
	case err == nil:
		return n, nil
	case s.login.Dropped():
		return n, s.login.Lost()
	case isClosed(expired):
		return n, os.ErrDeadlineExceeded
	case isClosed(s.closed):
		return n, net.ErrClosed
	case errors.Is(err, io.EOF):
		return n, io.ErrClosedPipe
	}
	return n, err
}

// Delivered waits until sshd has what was written: it answers in order.
func (s *Stream) Delivered(ctx context.Context) error {
	answered := make(chan error, 1)
	guard.Go(func() { answered <- s.login.echo() }, func(p *guard.Panic) { answered <- p })
	select {
	case err := <-answered:
		return err
	case <-s.login.dropped:
		return s.login.Lost()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CloseWrite ends what this side sends; reading goes on.
func (s *Stream) CloseWrite() error {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if isClosed(s.closed) {
		return net.ErrClosed
	}
	err := s.ch.CloseWrite()
	if err != nil && s.login.Dropped() {
		return s.login.Lost()
	}
	if errors.Is(err, io.EOF) {
		return nil // the peer has closed already
	}
	return err
}

// Close returns at once, even if the peer does not answer.
func (s *Stream) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		guard.Go(func() {
			s.awaitEnd()
			_ = s.ch.Close()
		}, nil)
	})
	return nil
}

// awaitEnd ends what this side sends, and waits for a program that may end because of that.
func (s *Stream) awaitEnd() {
	if s.linger == 0 || !s.writeMu.TryLock() { // a Write that waits ends only with the channel
		return
	}
	err := s.ch.CloseWrite()
	s.writeMu.Unlock()
	if err != nil {
		return
	}
	select {
	case <-s.gone:
	case <-s.login.dropped:
	case <-time.After(s.linger):
	}
}

// usable reports whether a stream that nobody has used yet is still open.
func (s *Stream) usable() bool {
	return !s.ended.Load() && !isClosed(s.gone) && !isClosed(s.closed) && !s.login.Dropped()
}

func (s *Stream) LocalAddr() net.Addr  { return s.addr }
func (s *Stream) RemoteAddr() net.Addr { return s.addr }

func (s *Stream) SetDeadline(t time.Time) error {
	_ = s.SetReadDeadline(t)
	return s.SetWriteDeadline(t)
}

func (s *Stream) SetReadDeadline(t time.Time) error {
	s.readDeadline.set(t, nil)
	return nil
}

// SetWriteDeadline closes the channel when a Write is late: how much of it has arrived is
// not known then, as with any net.Conn.
func (s *Stream) SetWriteDeadline(t time.Time) error {
	s.writeDeadline.set(t, func() {
		if !s.writeMu.TryLock() {
			guard.Go(func() { _ = s.ch.Close() }, nil)
			return
		}
		s.writeMu.Unlock()
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
