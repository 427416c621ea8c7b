package engine

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
)

// ImageInspect implements core.Images.
func (e *Engine) ImageInspect(ctx context.Context, req core.ImageRequest) (raw json.RawMessage, err error) {
	err = e.onImage(ctx, "image_inspect", req.Image, nil, func(ctx context.Context) error {
		var document bytes.Buffer
		_, err := e.api.ImageInspect(ctx, req.Image, client.ImageInspectWithRawResponse(&document))
		raw = document.Bytes()
		return err
	})
	return raw, err
}
