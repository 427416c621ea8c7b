package engine

import (
	"context"
	"regexp"

	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// goneBeside matches what engines with containerd's store say when they remove a name of an image,
// and another request at the same time makes or removes the entry that keeps it without a name.
var goneBeside = regexp.MustCompile(`image "moby-dangling@sha256:[0-9a-f]{64}": not found`)

// ImageRemove implements core.Images.
func (e *Engine) ImageRemove(ctx context.Context, req core.ImageRemoveRequest) (core.ImageRemoveResult, error) {
	result := core.ImageRemoveResult{Untagged: []string{}, Deleted: []string{}}
	asked := 0
	err := e.session.Perform(ctx, session.Operation{Image: &req.Image, Repeat: true}, func(ctx context.Context) error {
		options := image.RemoveOptions{Force: req.Force, PruneChildren: !req.NoPrune}
		removed, err := e.api.ImageRemove(ctx, req.Image, options)
		for asked < session.LeaseTries && err != nil && goneBeside.MatchString(err.Error()) {
			asked++
			removed, err = e.api.ImageRemove(ctx, req.Image, options)
		}
		for _, one := range removed {
			if one.Deleted != "" {
				result.Deleted = append(result.Deleted, one.Deleted)
			}
			if one.Untagged != "" {
				result.Untagged = append(result.Untagged, one.Untagged)
			}
		}
		if asked++; asked > 1 && session.IsImageGone(err) {
			return nil // by the request whose answer was lost, or that failed
		}
		return err
	})
	return result, err
}
