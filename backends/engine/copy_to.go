package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// CopyTo implements core.ContainerFiles. What the engine wrote before an error or the
// end of ctx stays in the container.
func (e *Engine) CopyTo(ctx context.Context, req core.CopyToRequest, progress func(core.Progress)) (result core.CopyResult, err error) {
	src, invalid := containerfs.CheckCopyTo(req)
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		result, err = e.files.CopyTo(ctx, req, src, progress)
		return err
	})
	return result, err
}
