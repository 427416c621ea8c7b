package engine

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/core"
)

// Ping implements core.System.
func (e *Engine) Ping(ctx context.Context) (result core.PingResult, err error) {
	err = e.call(ctx, "ping", nil, func(ctx context.Context) error {
		pong, err := e.api.Ping(ctx)
		if err != nil {
			return err
		}
		e.api.NegotiateAPIVersionPing(pong)
		result = core.PingResult{
			APIVersion: e.api.ClientVersion(), OSType: pong.OSType, BuilderVersion: string(pong.BuilderVersion),
		}
		return nil
	})
	return result, err
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
