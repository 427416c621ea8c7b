package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// MkdirIn implements core.ContainerFiles. It needs nothing in the container, which may
// be stopped. New folders belong to the container's user; existing ones stay as they are.
func (e *Engine) MkdirIn(ctx context.Context, req core.MkdirInRequest) error {
	invalid := containerfs.CheckPath(req.Container, req.Path)
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true, Repeat: true}, func(ctx context.Context) error {
		return e.files.Mkdir(ctx, req)
	})
}
