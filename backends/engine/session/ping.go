package session

import (
	"context"

	"github.com/docker/docker/api/types"
)

// Connected reports whether the engine has answered.
func (s *Session) Connected() bool { return s.negotiated.Load() }

// Ping asks the engine whether it is there. isNew says that the session was connected for
// the caller only just now, so that the answer to the negotiation, which is a ping too,
// serves: a second one would cost a round trip more.
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
