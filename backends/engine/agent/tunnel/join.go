package tunnel

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"

	"github.com/xtaci/smux"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Conn is a connection whose directions end one by one: TCP's, or a Unix socket's.
type Conn interface {
	net.Conn
	CloseWrite() error
}

// Reset ends a connection so that its other end sees an error, not an end of the data.
func Reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// join moves bytes in both directions until both have ended, or one has failed: that resets
// the connection at both ends.
func (s *Session) join(local Conn, remote *smux.Stream) {
	number := remote.ID()
	ended := new(sync.Once)
	s.enter(number, func() {
		ended.Do(func() {
			Reset(local)
			_ = remote.Close()
		})
	})
	defer s.leave(number)
	failed := func() {
		ended.Do(func() {
			Reset(local)
			// First: a stream that is closed looks to the other end as one whose data has ended.
			s.abort(number)
			_ = remote.Close()
		})
	}
	var both guard.Group
	run := func(to, from half) {
		both.Run(func() error {
			err := pump(to, from)
			if err != nil {
				failed()
			}
			return err
		})
	}
	run(remote, local)
	run(local, remote)
	_ = both.Wait()
	_ = local.Close()
}

// enter notes how to reset a connection: at once if the session has ended.
func (s *Session) enter(number uint32, reset func()) {
	s.mu.Lock()
	open := s.joined != nil
	if open {
		s.joined[number] = reset
	}
	s.mu.Unlock()
	if !open {
		reset()
	}
}

func (s *Session) leave(number uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.joined, number)
}

// resetAll resets what is joined, and what will be.
func (s *Session) resetAll() {
	s.mu.Lock()
	all := s.joined
	s.joined = nil
	s.mu.Unlock()
	for _, reset := range all {
		reset()
	}
}

// abort makes the other end reset the connection on a stream, and waits until it has.
func (s *Session) abort(number uint32) {
	stream, _, err := s.ask(context.Background(), askAbort, strconv.FormatUint(uint64(number), 10))
	if err == nil {
		_ = stream.Close()
	}
}

type half interface {
	io.ReadWriter
	CloseWrite() error
}

// buffers are for what is under way in one direction of a connection.
var buffers = sync.Pool{New: func() any { return new([maxFrame]byte) }}

// pump moves one direction to its end, and passes that on.
func pump(to, from half) error {
	if err := move(to, from); err != nil {
		return err
	}
	_ = to.CloseWrite() // it fails where that end has closed both directions
	return nil
}

func move(to, from half) error {
	if stream, ok := from.(*smux.Stream); ok {
		_, err := stream.WriteTo(to) // what came is written from where it was read to
		return err
	}
	buffer := buffers.Get().(*[maxFrame]byte)
	// Neither side's own way of copying: it would take another buffer.
	_, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, buffer[:])
	if err != nil {
		return err // the multiplexer may still read the buffer
	}
	buffers.Put(buffer)
	return nil
}

// Dial connects to an address of the agent's network, for Join.
func (s *Session) Dial(ctx context.Context, address string) (*Remote, error) {
	stream, _, err := s.ask(ctx, askDial, address)
	return &Remote{s, stream}, err
}

// Remote is a connection's other end.
type Remote struct {
	session *Session
	stream  *smux.Stream
}

// Join moves the bytes of a connection, until it ends, and closes it.
func (r *Remote) Join(local Conn) { r.session.join(local, r.stream) }

// Ready waits until the other end answers.
func (s *Session) Ready(ctx context.Context) error {
	stream, _, err := s.ask(ctx, askReady, "")
	if err == nil {
		_ = stream.Close()
	}
	return err
}

// Listen makes the agent listen at an address of its network, until the session ends, and
// returns where it does.
func (s *Session) Listen(ctx context.Context, address string) (at string, err error) {
	_, at, err = s.ask(ctx, askListen, address)
	return at, err
}
