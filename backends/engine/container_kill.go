package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// Kill implements core.Containers.
func (e *Engine) Kill(ctx context.Context, req core.KillRequest) error {
	if req.Signal == "" {
		req.Signal = "KILL"
	}
	signal, invalid := signalName(req.Signal)
	return e.onceOnContainer(ctx, "kill_container", req.Container, invalid, func(ctx context.Context, name string) error {
		return e.signalling(ctx, signalled{container: name, deadly: deadly[signal]}, func(ctx context.Context) error {
			return e.once(ctx, func(ctx context.Context) error { return e.api.ContainerKill(ctx, name, signal) },
				func(ctx context.Context) (bool, error) {
					state, err := e.state(ctx, name)
					return deadly[signal] && !state.Running, err
				})
		})
	})
}

// deadly are the signals that nothing survives.
var deadly = map[string]bool{"KILL": true, "9": true}
