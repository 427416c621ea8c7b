package engine

import (
	"context"
	"encoding/json"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
)

// Ping implements core.System. A client's first one is answered by the negotiation,
// which is a ping: a second one would cost a round trip more.
func (e *Engine) Ping(ctx context.Context) (result core.PingResult, err error) {
	isNew := !e.negotiated.Load()
	err = e.call(ctx, "ping", nil, func(ctx context.Context) error {
		pong, err := e.pingUnless(ctx, isNew)
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

// pingUnless asks the engine, unless the client became ready only just now.
func (e *Engine) pingUnless(ctx context.Context, isNew bool) (types.Ping, error) {
	if pong := e.firstPong.Swap(nil); isNew && pong != nil {
		return *pong, nil
	}
	pong, err := e.api.Ping(ctx)
	if err == nil {
		e.api.NegotiateAPIVersionPing(pong)
	}
	return pong, err
}

// Info implements core.System.
func (e *Engine) Info(ctx context.Context) (json.RawMessage, error) {
	return e.document(ctx, "info", "/info")
}

// Version implements core.System.
func (e *Engine) Version(ctx context.Context) (json.RawMessage, error) {
	return e.document(ctx, "version", "/version")
}

func (e *Engine) document(ctx context.Context, op, path string) (raw json.RawMessage, err error) {
	err = e.call(ctx, op, nil, func(ctx context.Context) error {
		raw, err = e.get(ctx, path)
		return err
	})
	return raw, err
}
