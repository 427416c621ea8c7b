package agent

import (
	"context"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// RemoveImages removes agents' images that no container uses; a client that needs one
// imports it again.
func (h *Helpers) RemoveImages(ctx context.Context) error {
	images, err := h.session.API.ImageList(ctx, image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", Label+"=1"))})
	if err != nil {
		return err
	}
	for _, i := range images {
		info, err := h.session.API.ImageInspect(ctx, i.ID)
		if err != nil || !IsImported(info) {
			continue // it is gone, or cannot be proven to be ours
		}
		if _, err := h.session.API.ImageRemove(ctx, i.ID, image.RemoveOptions{PruneChildren: true}); err != nil && !cerrdefs.IsConflict(err) && !session.IsImageGone(err) {
			return err
		}
	}
	return nil
}

// IsImported reports whether an image was imported for the agent. Its label is not enough:
// images that are made from it, or from its containers, have it too.
func IsImported(info image.InspectResponse) bool {
	named := func(tag string) bool {
		return strings.HasPrefix(tag, ImageName+":") || strings.HasPrefix(tag, "<none>")
	}
	return len(info.RootFS.Layers) == 1 && info.Comment == imageComment &&
		!slices.ContainsFunc(info.RepoTags, func(tag string) bool { return !named(tag) })
}
