package session

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// dialContext adapts the Dial of the options to http.Transport, which calls it in a
// goroutine of its own.
func (s *Session) dialContext(ctx context.Context, _, _ string) (conn net.Conn, err error) {
	if p := guard.Call(func() { conn, err = s.dialPatiently(ctx) }); p != nil {
		err = core.FromPanic(p)
	}
	if err != nil {
		return nil, &dialError{err}
	}
	if h, ok := ctx.Value(handshakeKey{}).(*handshake); ok {
		h.watch(ctx, conn)
	}
	return conn, nil
}

// dialPatiently keeps dialing for as long as the session waits for a lost engine, if the
// engine has answered before: a call that begins while it is away waits just like those
// that were under way. Nothing has been sent yet, so any request may wait.
func (s *Session) dialPatiently(ctx context.Context) (net.Conn, error) {
	waiting, patient := ctx.Value(patienceKey{}).(context.Context)
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 3*time.Second
	began := time.Now()
	ctx, stop := s.untilGone(ctx)
	defer stop()
	for {
		conn, err := s.opts.Dial(ctx)
		if err != nil {
			err = whyGone(ctx, err)
		}
		away := core.KindOf(err) == core.KindEngineUnreachable
		if err == nil || away {
			s.noteAway(err)
		}
		wait := pause.NextBackOff()
		if !away || !patient || !s.negotiated.Load() || waiting.Err() != nil || time.Since(began)+wait > s.ReconnectTime() {
			return conn, err
		}
		select {
		case <-time.After(wait):
		case <-waiting.Done():
			return nil, err
		case <-ctx.Done():
			return nil, whyGone(ctx, err)
		}
	}
}

// patienceKey leads to the context of the operation, or of the clean-up, for which a
// connection is made. The context of a dial does not end with it: http.Transport passes
// on only its values.
type patienceKey struct{}

// patient returns a context whose requests wait for an engine that has answered before.
func patient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, ctx)
}

// impatient returns a context whose requests fail at once if the engine is unreachable.
func impatient(ctx context.Context) context.Context {
	return context.WithValue(ctx, patienceKey{}, nil)
}

// noteAway keeps why the last dial failed, for the errors of callers that gave up waiting.
func (s *Session) noteAway(err error) {
	var why *core.Error
	errors.As(err, &why)
	s.away.Store(why)
}

// whyAway returns why the engine is unreachable if err says only that the wait for it has
// ended.
func (s *Session) whyAway(err error) error {
	if why := s.away.Load(); why != nil {
		return why
	}
	return err
}

// withReason adds to a timeout why the engine was unreachable meanwhile.
func (s *Session) withReason(err *core.Error) {
	if why := s.away.Load(); why != nil && err.Kind == core.KindOperationTimeout {
		err.Message += ": " + why.Message
	}
}

// dialError carries the dialer's error through docker's client, which replaces an
// error whose text has "connection refused" or "dial unix" by one of its own.
type dialError struct{ cause error }

func (e *dialError) Error() string { return "no connection to the engine" }
func (e *dialError) Unwrap() error { return e.cause }
