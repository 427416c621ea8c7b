package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// State implements core.Containers. A container that restarts after a failure does not
// count as running, and a paused one does.
func (e *Engine) State(ctx context.Context, req core.ContainerRequest) (result core.StateResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true}, func(ctx context.Context) error {
		result, err = containerinfo.State(ctx, e.api, req.Container)
		return err
	})
	return result, err
}
