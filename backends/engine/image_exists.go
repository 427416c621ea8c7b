package engine

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/core"
)

// ImageExists implements core.Images.
func (e *Engine) ImageExists(ctx context.Context, req core.ImageRequest) (exists bool, err error) {
	err = e.onImage(ctx, "image_exists", req.Image, nil, func(ctx context.Context) error {
		_, err := e.api.ImageInspect(ctx, req.Image)
		exists = err == nil
		if cerrdefs.IsNotFound(err) {
			return nil
		}
		return err
	})
	return exists, err
}
