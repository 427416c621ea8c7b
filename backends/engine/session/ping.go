package session

import (
	"context"

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
	pong, err := s.API.Ping(ctx)
	if err == nil {
		s.API.NegotiateAPIVersionPing(pong)
	}
	return pong, err
}
