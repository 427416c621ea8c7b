package tunnel

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/xtaci/smux"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bounds of a session. A connection whose reader is slow keeps at most window bytes at each
// end: that much also fills 20 ms at 100 MB/s.
const (
	window    = 4 << 20
	maxFrame  = 1<<16 - 1 // the protocol's limit
	readAhead = 128 << 10
	// An end that has heard nothing for silence counts as gone; each says something more often.
	silence = time.Minute
	pulse   = 15 * time.Second
)

func settings() *smux.Config {
	return &smux.Config{
		Version: 2, KeepAliveInterval: pulse, KeepAliveTimeout: silence, MaxFrameSize: maxFrame, MaxStreamBuffer: window,
		// One slow connection must not stop the others: only their own windows bound them (see windows).
		MaxReceiveBuffer: math.MaxInt32,
	}
}

// Session is one end of a stream that many connections share.
type Session struct {
	mux  *smux.Session
	work sync.WaitGroup // requests and connections under way
	done chan struct{}  // closed when nothing of it is left

	mu     sync.Mutex
	joined map[uint32]func() // how to reset the connection on a stream
}

// New begins a session over a stream, as the client's end or as the agent's. It ends when
// that ends, and with Close; take gets each stream that the other end opens.
func New(over io.ReadWriteCloser, client bool, take func(*Arrival)) *Session {
	begin := smux.Server
	if client {
		begin = smux.Client
	}
	s := &Session{done: make(chan struct{}), joined: map[uint32]func(){}}
	mux, err := begin(watched(over), settings())
	if err != nil {
		panic(err) // the settings are constant
	}
	s.mux = mux
	guard.Go(func() { s.accept(take) }, nil)
	return s
}

// Done returns a channel that is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.mux.CloseChan() }

// Close resets all connections, and waits for their ends.
func (s *Session) Close() {
	_ = s.mux.Close()
	<-s.done
}

// accept takes streams until the session ends.
func (s *Session) accept(take func(*Arrival)) {
	defer close(s.done)
	defer s.work.Wait()
	defer s.resetAll()
	defer func() { _ = s.mux.Close() }()
	for {
		stream, err := s.mux.AcceptStream()
		if err != nil {
			return
		}
		s.do(func() {
			defer func() { _ = stream.Close() }()
			if what, text, err := receive(stream); err == nil {
				s.serve(&Arrival{Session: s, Address: text, stream: stream, what: what}, take)
			}
		})
	}
}

// do runs something that the session's end waits for.
func (s *Session) do(run func()) {
	s.work.Add(1)
	guard.Go(func() {
		defer s.work.Done()
		run()
	}, nil)
}

// serve answers what concerns the session itself, and leaves the rest to take.
func (s *Session) serve(a *Arrival, take func(*Arrival)) {
	switch a.what {
	case askReady:
		_ = answer(a.stream, "", nil)
	case askAbort:
		number, _ := strconv.ParseUint(a.Address, 10, 32)
		s.mu.Lock()
		reset := s.joined[uint32(number)]
		s.mu.Unlock()
		if reset != nil {
			reset()
		}
		_ = answer(a.stream, "", nil)
	default:
		take(a)
	}
}

// ask opens a stream with a request, and returns it with the answer's text. The error is a
// *Refusal if the other end has answered.
func (s *Session) ask(ctx context.Context, what byte, text string) (*smux.Stream, string, error) {
	stream, err := s.mux.OpenStream()
	if err != nil {
		return nil, "", s.broken(ctx, err)
	}
	stop := guard.OnDone(ctx, func() { _ = stream.Close() })
	reason := byte(Failed)
	if err = send(stream, what, text); err == nil {
		reason, text, err = receive(stream)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err == nil && Reason(reason) != Done {
		err = &Refusal{Reason(reason), text}
	}
	if err != nil {
		_ = stream.Close()
		return nil, "", s.broken(ctx, err)
	}
	return stream, text, nil
}

// broken ends the session, unless an error is the other end's or the caller's.
func (s *Session) broken(ctx context.Context, err error) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) && ctx.Err() == nil {
		_ = s.mux.Close()
	}
	return err
}

// guarded is a stream that the multiplexer uses in goroutines of its own.
type guarded struct {
	over   io.ReadWriteCloser
	buffer *bufio.Reader
}

func (g guarded) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	return g.buffer.Read(p)
}

func (g guarded) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	return g.over.Write(p)
}

func (g guarded) Close() (err error) {
	defer guard.Recover(&err)
	return g.over.Close()
}
