package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// CopyFrom implements core.ContainerFiles. What was complete before an error or the
// end of ctx stays; no file is half-written.
func (e *Engine) CopyFrom(ctx context.Context, req core.CopyFromRequest, progress func(core.Progress)) (result core.CopyResult, err error) {
	dst, invalid := containerfs.CheckCopyFrom(req)
	// The local destination was inspected before: a repetition gives the same result.
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true, Repeat: true}, func(ctx context.Context) error {
		result, err = e.files.CopyFrom(ctx, req, dst, progress)
		return err
	})
	return result, err
}
