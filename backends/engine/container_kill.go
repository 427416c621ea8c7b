package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Kill implements core.Containers.
func (e *Engine) Kill(ctx context.Context, req core.KillRequest) error {
	if req.Signal == "" {
		req.Signal = "KILL"
	}
	signal, invalid := signalName(req.Signal)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid}, func(ctx context.Context) error {
		return e.signalling(ctx, signalled{container: req.Container, deadly: deadly[signal]}, func(ctx context.Context) error {
			return e.session.Once(ctx, func(ctx context.Context) error { return e.api.ContainerKill(ctx, req.Container, signal) },
				func(ctx context.Context) (bool, error) {
					state, err := e.state(ctx, req.Container)
					return deadly[signal] && !state.Running, err
				})
		})
	})
}

// deadly are the signals that nothing survives.
var deadly = map[string]bool{"KILL": true, "9": true}
