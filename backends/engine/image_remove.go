package engine

import (
	"context"

	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImageRemove implements core.Images.
func (e *Engine) ImageRemove(ctx context.Context, req core.ImageRemoveRequest) (core.ImageRemoveResult, error) {
	result := core.ImageRemoveResult{Untagged: []string{}, Deleted: []string{}}
	asked := 0
	err := e.session.Perform(ctx, session.Operation{Image: &req.Image, Repeat: true}, func(ctx context.Context) error {
		removed, err := e.api.ImageRemove(ctx, req.Image, image.RemoveOptions{Force: req.Force, PruneChildren: !req.NoPrune})
		for _, one := range removed {
			if one.Deleted != "" {
				result.Deleted = append(result.Deleted, one.Deleted)
			}
			if one.Untagged != "" {
				result.Untagged = append(result.Untagged, one.Untagged)
			}
		}
		if asked++; asked > 1 && session.IsImageGone(err) {
			return nil // by the request whose answer was lost
		}
		return err
	})
	return result, err
}
