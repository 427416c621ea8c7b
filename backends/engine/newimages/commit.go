package newimages

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerCommit implements core.NewImages.
func (n *NewImages) ContainerCommit(ctx context.Context, req core.ContainerCommitRequest) (core.NewImage, error) {
	operation := session.Operation{Container: &req.Container, Invalid: registry.CheckNewName(req.Image), Long: true}
	return n.create(ctx, operation, req.Image, func(ctx context.Context) (string, error) {
		response, err := n.session.API.ContainerCommit(ctx, req.Container, container.CommitOptions{
			Author: req.Author, Comment: req.Message, Changes: req.Changes, Pause: !req.NoPause,
		})
		return response.ID, err
	})
}
