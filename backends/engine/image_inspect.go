package engine

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageInspect implements core.Images.
func (e *Engine) ImageInspect(ctx context.Context, req core.ImageInspectRequest) (raw json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Image: &req.Image, Repeat: true}, func(ctx context.Context) error {
		var document bytes.Buffer
		options := []client.ImageInspectOption{client.ImageInspectWithRawResponse(&document)}
		if req.Manifests {
			if err := e.needVersion("1.48", "the list of manifests"); err != nil {
				return err
			}
			options = append(options, client.ImageInspectWithManifests(true))
		}
		_, err := e.api.ImageInspect(ctx, req.Image, options...)
		raw = document.Bytes()
		return err
	})
	return raw, err
}
