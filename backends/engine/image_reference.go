package engine

import (
	"context"

	"github.com/distribution/reference"

	"github.com/proboscis/ml_nexus_go/core"
)

// onImage is call for an operation on one image.
func (e *Engine) onImage(ctx context.Context, op, name string, invalid error, do func(ctx context.Context) error) error {
	if invalid == nil {
		invalid = checkReference(name)
	}
	return e.call(ctx, op, invalid, do)
}

// checkReference refuses what is neither an image's reference nor its ID. It must not
// reach the engine unchecked: in a URL ".." would make the request another one.
func checkReference(name string) error {
	if name == "" {
		return core.Errorf(core.KindInvalidArgument, "the image's name is empty")
	}
	if _, err := reference.ParseAnyReference(name); err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is no image's name: %w", name, err)
	}
	return nil
}
