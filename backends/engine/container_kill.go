package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Kill implements core.Containers.
func (e *Engine) Kill(ctx context.Context, req core.KillRequest) error {
	if req.Signal == "" {
		req.Signal = "KILL"
	}
	signal, invalid := execs.SignalName(req.Signal)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid}, func(ctx context.Context) error {
		return e.signalling(ctx, signalled{container: req.Container, deadly: execs.Deadly(signal)}, func(ctx context.Context) error {
			return e.session.Once(ctx, func(ctx context.Context) error { return e.api.ContainerKill(ctx, req.Container, signal) },
				func(ctx context.Context) (bool, error) {
					state, err := containerinfo.State(ctx, e.api, req.Container)
					return execs.Deadly(signal) && !state.Running, err
				})
		})
	})
}
