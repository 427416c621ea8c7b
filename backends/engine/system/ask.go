package system

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Ping implements core.System. The negotiation, which is a ping, answers a client's first
// one: a second ping would cost another round trip.
func (s *System) Ping(ctx context.Context) (result core.PingResult, err error) {
	isNew := !s.session.Connected()
	err = s.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		pong, err := s.session.Ping(ctx, isNew)
		if err != nil {
			return err
		}
		result = core.PingResult{
			APIVersion: s.session.API.ClientVersion(), OSType: pong.OSType, BuilderVersion: string(pong.BuilderVersion),
		}
		return nil
	})
	return result, err
}

// Info implements core.System.
func (s *System) Info(ctx context.Context) (json.RawMessage, error) {
	return s.document(ctx, "/info")
}

// Version implements core.System.
func (s *System) Version(ctx context.Context) (json.RawMessage, error) {
	return s.document(ctx, "/version")
}

func (s *System) document(ctx context.Context, path string) (raw json.RawMessage, err error) {
	err = s.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		raw, err = s.session.Get(ctx, path)
		return err
	})
	return raw, err
}

// GetOnce reads a document as the engine wrote it. It asks once: a fleet has several managers, and
// asks another one instead.
func (s *System) GetOnce(ctx context.Context, path string) (json.RawMessage, error) {
	return s.session.Get(ctx, path)
}
