// Package session is what every operation on one engine needs: connections, the negotiated
// version of the API, retries, time limits, errors, clean-up and the bounds on what a client
// does at once. It wraps operations and knows none of them; it imports only core.
package session

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Dial opens one byte stream to the engine. Its errors are *core.Error.
type Dial func(ctx context.Context) (net.Conn, error)

// Options say how a Session reaches its engine.
type Options struct {
	// Target is the target as the user wrote it, for messages.
	Target string
	Dial   Dial
	// Close ends what Dial uses; nil if there is nothing to end.
	Close func() error
	// APIVersion is the API version to use; "" means to negotiate it with the first request.
	APIVersion string
	// Headers go with every request.
	Headers map[string]string
	// ConnectTimeout is how long the first answer may take, ReconnectTimeout how long to
	// wait for an engine that has answered before; 0 means the default of each.
	ConnectTimeout, ReconnectTimeout time.Duration
	// Gone, if set, is asked while an engine that has answered does not answer any more. Its error
	// ends the wait for the engine.
	Gone func(ctx context.Context) error
}

// Session is what all operations of one client share. Make it with New.
type Session struct {
	// API is docker's client. It reaches the engine through this session.
	API *client.Client

	opts        Options
	starts      *startGate
	short       chan struct{} // places for requests that are answered at once
	negotiation *attempt.Shared[struct{}]

	negotiated    atomic.Bool
	underWay      atomic.Int64               // operations that have begun and not ended
	silentAt      atomic.Pointer[time.Time]  // when a clean-up gave up waiting for an answer
	away          atomic.Pointer[core.Error] // why the last dial failed; nil if it succeeded
	firstPong     atomic.Pointer[types.Ping] // until Ping has used it
	classicBuilds atomic.Bool                // the engine is configured to build without BuildKit

	closed    context.Context
	setClosed context.CancelFunc
}

// Bounds on what one client does at once. Streams, and requests that wait for a
// container, have connections of their own and are not counted; see EnterStart.
const (
	maxIdleConnections = 16
	maxShort           = 32 // requests that are answered at once
	idleTimeout        = 90 * time.Second
)

// New makes a session. It uses no network.
func New(opts Options) (*Session, error) {
	transport := &http.Transport{
		MaxIdleConns:        maxIdleConnections,
		MaxIdleConnsPerHost: maxIdleConnections,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
	version := client.WithAPIVersionNegotiation()
	if opts.APIVersion != "" {
		version = client.WithVersion(opts.APIVersion)
	}
	wire := &http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}
	api, err := client.NewClientWithOpts(
		// WithHost replaces the transport's dialer, so ours must come after it.
		client.WithHost("tcp://docker.invalid"),
		client.WithHTTPClient(wire),
		client.WithScheme("http"),
		client.WithHTTPHeaders(opts.Headers),
		client.WithUserAgent("ml_nexus_go"),
		version,
	)
	if err != nil {
		return nil, core.Errorf(core.KindInternalError, "cannot make a client: %w", err)
	}
	wire.Transport = boundary{dialsOnce{wire.Transport}}
	s := &Session{opts: opts, API: api, short: make(chan struct{}, maxShort)}
	transport.DialContext = s.dialContext
	s.closed, s.setClosed = context.WithCancel(context.Background())
	s.negotiation = attempt.New[struct{}](s.closed, nil)
	s.starts = newStartGate(s.widenStarts)
	return s, nil
}

// Target returns the target as the user wrote it.
func (s *Session) Target() string { return s.opts.Target }

// ClassicBuilds reports whether the engine is configured to build without BuildKit. It is
// known after the first answer.
func (s *Session) ClassicBuilds() bool { return s.classicBuilds.Load() }

// IsClosed reports whether Close was called.
func (s *Session) IsClosed() bool { return s.closed.Err() != nil }

// Close ends the operations under way, waits for them to undo what they began, calls last,
// which may still use the engine, and closes the connections. It is called once.
func (s *Session) Close(last func()) error {
	s.setClosed()
	s.awaitEnds()
	last()
	err := s.API.Close()
	if s.opts.Close != nil {
		err = s.opts.Close()
	}
	return err
}

// begin returns an operation's context: it ends with ctx, after a time limit in seconds (0
// means none), and with the session.
func (s *Session) begin(ctx context.Context, limit float64) (context.Context, context.CancelFunc) {
	s.underWay.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := guard.OnDone(s.closed, func() { cancel(core.ClosedError()) })
	var timer *time.Timer
	if limit > 0 {
		timer = guard.AfterFunc(time.Duration(limit*float64(time.Second)), func() {
			cancel(core.Errorf(core.KindOperationTimeout, "not done after %g s", limit))
		})
	}
	return patient(ctx), func() {
		stop()
		if timer != nil {
			timer.Stop()
		}
		cancel(nil)
		s.underWay.Add(-1)
	}
}

// Alongside runs do beside the operations. Its context ends with the session.
func (s *Session) Alongside(do func(ctx context.Context)) {
	guard.Go(func() { do(s.closed) }, nil)
}

// awaitEnds waits for the operations of a closed session: they still need the connections to
// end what they had started. Each knows for how long (see CleanUp); this is for one that hangs.
func (s *Session) awaitEnds() {
	late := time.Now().Add(SlowCleanupTime + CleanupTime)
	for s.underWay.Load() > 0 && time.Now().Before(late) {
		time.Sleep(5 * time.Millisecond)
	}
}
