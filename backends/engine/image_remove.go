package engine

import (
	"context"

	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/core"
)

// ImageRemove implements core.Images.
func (e *Engine) ImageRemove(ctx context.Context, req core.ImageRemoveRequest) (core.ImageRemoveResult, error) {
	result := core.ImageRemoveResult{Untagged: []string{}, Deleted: []string{}}
	err := e.onImage(ctx, "remove_image", req.Image, nil, func(ctx context.Context) error {
		removed, err := e.api.ImageRemove(ctx, req.Image, image.RemoveOptions{Force: req.Force, PruneChildren: !req.NoPrune})
		for _, one := range removed {
			if one.Deleted != "" {
				result.Deleted = append(result.Deleted, one.Deleted)
			}
			if one.Untagged != "" {
				result.Untagged = append(result.Untagged, one.Untagged)
			}
		}
		return err
	})
	return result, err
}
