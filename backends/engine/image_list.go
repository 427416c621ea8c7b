package engine

import (
	"context"
	"encoding/json"

	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/rows"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

var _ core.Images = (*Engine)(nil)

// ImageList implements core.Images.
func (e *Engine) ImageList(ctx context.Context) (list []json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		images, err := e.api.ImageList(ctx, image.ListOptions{})
		if err != nil {
			return err
		}
		list, err = rows.Images(images)
		return err
	})
	return list, err
}
