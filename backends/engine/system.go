package engine

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Ping implements core.System. The negotiation, which is a ping, answers a client's first
// one: a second ping would cost another round trip.
func (e *Engine) Ping(ctx context.Context) (result core.PingResult, err error) {
	isNew := !e.session.Connected()
	err = e.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		pong, err := e.session.Ping(ctx, isNew)
		if err != nil {
			return err
		}
		result = core.PingResult{
			APIVersion: e.api.ClientVersion(), OSType: pong.OSType, BuilderVersion: string(pong.BuilderVersion),
		}
		return nil
	})
	return result, err
}

// Info implements core.System.
func (e *Engine) Info(ctx context.Context) (json.RawMessage, error) {
	return e.document(ctx, "/info")
}

// Version implements core.System.
func (e *Engine) Version(ctx context.Context) (json.RawMessage, error) {
	return e.document(ctx, "/version")
}

func (e *Engine) document(ctx context.Context, path string) (raw json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		raw, err = e.session.Get(ctx, path)
		return err
	})
	return raw, err
}
