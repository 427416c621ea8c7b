package session

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// engine is an HTTP server in this process, which a session reaches by connections in
// memory. Tests with it run in the time of synctest: a minute's wait takes none, and is
// exactly a minute.
type engine struct {
	listener listener

	mu     sync.Mutex
	end    error               // what a client reads at the end of a connection, or nil for io.EOF
	away   error               // what dialing gives; nil where the engine is there
	dials  int                 // attempts to connect
	made   []net.Conn          // the engine's ends of the connections
	acts   map[string][]action // what is still to come, by method and path; the last one stays
	called []string            // method and path of each request but pings
	pings  int                 // questions by HEAD or GET
}

// inTime runs a test on an engine and a session of its own.
func inTime(t *testing.T, opts Options, test func(t *testing.T, e *engine, s *Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := &engine{listener: listener{conns: make(chan net.Conn), shut: make(chan struct{})}, acts: map[string][]action{}}
		server := &http.Server{Handler: e}
		guard.Go(func() { _ = server.Serve(&e.listener) }, nil)
		opts.Dial = e.dial
		if opts.Target == "" {
			opts.Target = "unix:///test"
		}
		s, err := New(opts)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if !s.IsClosed() {
				_ = s.Close(func() {})
			}
			_ = server.Close()
		})
		test(t, e, s)
	})
}

// on sets what the engine does with a request: the first time, the second time...; the
// last action is for all that follow.
func (e *engine) on(request string, acts ...action) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.acts[request] = acts
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	e.next(r)(w, r)
}

// next returns what to do with a request, and writes it down.
func (e *engine) next(r *http.Request) action {
	request := r.Method + " " + unversioned(r.URL.Path)
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.URL.Path == "/_ping" {
		request = "_ping"
		e.pings++
	} else {
		e.called = append(e.called, request)
	}
	acts := e.acts[request]
	switch {
	case len(acts) == 0 && request == "_ping":
		return pong("1.45")
	case len(acts) == 0:
		return answer200("{}")
	case len(acts) > 1:
		e.acts[request] = acts[1:]
	}
	return acts[0]
}

// calls returns the requests but pings so far.
func (e *engine) calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.called)
}

func (e *engine) pinged() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pings
}

// leaves ends all connections, and makes dialing fail with this error.
func (e *engine) leaves(why error) {
	e.setAway(why)
	e.mu.Lock()
	for _, each := range e.made {
		_ = each.Close()
	}
	e.made = nil
	e.mu.Unlock()
	synctest.Wait() // until the session knows
}

// isBackAfter makes the engine unreachable for a while.
func (e *engine) isBackAfter(d time.Duration) {
	e.leaves(unreachable)
	guard.AfterFunc(d, func() { e.setAway(nil) })
}

func (e *engine) setAway(why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.away = why
}

func (e *engine) dial(ctx context.Context) (net.Conn, error) {
	away := e.dialed()
	if away == errPanics {
		panic("boom")
	}
	if away != nil {
		return nil, away
	}
	ours, theirs := net.Pipe()
	e.mu.Lock()
	e.made = append(e.made, theirs)
	e.mu.Unlock()
	select {
	case e.listener.conns <- conn{theirs, nil}:
		return conn{ours, e.end}, nil
	case <-e.listener.shut:
		return nil, unreachable
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *engine) dialed() (away error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dials++
	return e.away
}

// errPanics makes dialing panic.
var errPanics = errors.New("dialing panics")

var unreachable = core.Errorf(core.KindEngineUnreachable, "nothing listens at unix:///test: start the engine")

// listener hands the server's ends of the connections to the server.
type listener struct {
	conns chan net.Conn
	once  sync.Once
	shut  chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { l.once.Do(func() { close(l.shut) }); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{} }

// conn is an end of a net.Pipe with the errors of a socket.
type conn struct {
	net.Conn
	end error // what reading gives at the end, or nil for io.EOF
}

func (c conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if errors.Is(err, io.ErrClosedPipe) {
		err = syscall.EPIPE
	}
	return n, err
}

func (c conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	switch {
	case errors.Is(err, io.ErrClosedPipe):
		err = net.ErrClosed
	case errors.Is(err, io.EOF) && c.end != nil:
		err = c.end
	}
	return n, err
}
