package engine

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageExists implements core.Images.
func (e *Engine) ImageExists(ctx context.Context, req core.ImageRequest) (exists bool, err error) {
	err = e.session.Perform(ctx, session.Operation{Image: &req.Image, Repeat: true}, func(ctx context.Context) error {
		_, err := e.api.ImageInspect(ctx, req.Image)
		exists = err == nil
		if cerrdefs.IsNotFound(err) {
			return nil
		}
		return err
	})
	return exists, err
}
