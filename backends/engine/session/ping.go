package session

import (
	"context"
	"errors"
	"net/http"

	"github.com/docker/docker/api/types"
)

// Connected reports whether the engine has answered.
func (s *Session) Connected() bool { return s.negotiated.Load() }

// Ping checks that the engine answers. isNew says that the session was connected only just
// now for the caller, so that the answer to the negotiation, which is also a ping, is good
// enough: a second ping would cost another round trip.
func (s *Session) Ping(ctx context.Context, isNew bool) (types.Ping, error) {
	if pong := s.firstPong.Swap(nil); isNew && pong != nil {
		return *pong, nil
	}
	pong, err := s.ask(ctx)
	if err == nil {
		s.API.NegotiateAPIVersionPing(pong)
	}
	return pong, err
}

// ask sends one ping. Docker's client asks by HEAD, and by GET after any failure: where no
// connection can be made, it would wait for one twice.
func (s *Session) ask(ctx context.Context) (types.Ping, error) {
	return s.API.Ping(context.WithValue(ctx, pingKey{}, new(*dialError)))
}

// pingKey leads to why no connection for a ping could be made.
type pingKey struct{}

// dialsOnce is a transport that makes no second connection for one ping.
type dialsOnce struct{ inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (d dialsOnce) RoundTrip(req *http.Request) (*http.Response, error) {
	failed, isPing := req.Context().Value(pingKey{}).(**dialError)
	if isPing && *failed != nil {
		return nil, *failed
	}
	resp, err := d.inner.RoundTrip(req)
	if isPing && err != nil {
		errors.As(err, failed)
	}
	return resp, err
}
