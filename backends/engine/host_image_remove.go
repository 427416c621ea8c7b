package engine

import (
	"context"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// removeHostImages removes agents' images that no container uses; who needs one
// imports it again.
func (e *Engine) removeHostImages(ctx context.Context) error {
	images, err := e.api.ImageList(ctx, image.ListOptions{All: true, Filters: labelFilter(LabelHostAgent, "1")})
	if err != nil {
		return err
	}
	for _, i := range images {
		info, err := e.api.ImageInspect(ctx, i.ID)
		if err != nil || !isHostImage(info) {
			continue // it is gone, or cannot be proven to be ours
		}
		if _, err := e.api.ImageRemove(ctx, i.ID, image.RemoveOptions{PruneChildren: true}); err != nil && !cerrdefs.IsConflict(err) && !cerrdefs.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// isHostImage reports whether an image is one that was imported for the agent. Its label
// is not enough: images that are made of it, or of its containers, have it too.
func isHostImage(info image.InspectResponse) bool {
	named := func(tag string) bool {
		return strings.HasPrefix(tag, hostImageName+":") || strings.HasPrefix(tag, "<none>")
	}
	return len(info.RootFS.Layers) == 1 && info.Comment == hostImageComment &&
		!slices.ContainsFunc(info.RepoTags, func(tag string) bool { return !named(tag) })
}
