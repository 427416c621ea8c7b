package engine

import (
	"context"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageTag implements core.Images.
func (e *Engine) ImageTag(ctx context.Context, req core.ImageTagRequest) error {
	return e.session.Perform(ctx, session.Operation{Image: &req.Source, Invalid: checkTag(req.Destination), Repeat: true}, func(ctx context.Context) error {
		return e.api.ImageTag(ctx, req.Source, req.Destination)
	})
}

func checkTag(name string) error {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is not a valid image name: %w", name, err)
	}
	if _, digested := ref.(reference.Digested); digested {
		return core.Errorf(core.KindInvalidArgument, "%q has a digest: an image is tagged with name:tag", name)
	}
	return nil
}
