package engine

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerCommit implements core.Containers. The image gets its name when it is complete: a
// name that another image has stays there until then, and a commit that was cancelled takes
// no name away.
func (e *Engine) ContainerCommit(ctx context.Context, req core.ContainerCommitRequest) (result core.ContainerCommitResult, err error) {
	invalid := checkNewName(req.Image)
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		result.ID, err = e.commit(ctx, req)
		if err != nil {
			return err
		}
		if err = e.nameCommitted(ctx, result.ID, req.Image); err != nil {
			_ = e.session.CleanUp(ctx, func(ctx context.Context) error { return e.removeCommitted(ctx, result.ID) })
		}
		return err
	})
	if err != nil {
		result.ID = ""
	}
	return result, err
}

// commit makes an image without a name. When ctx ends meanwhile, the answer is still awaited,
// so that the caller knows what there is to remove.
func (e *Engine) commit(ctx context.Context, req core.ContainerCommitRequest) (id string, err error) {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	err = e.session.Once(long, func(ctx context.Context) error {
		response, err := e.api.ContainerCommit(ctx, req.Container, container.CommitOptions{
			Author: req.Author, Comment: req.Message, Changes: req.Changes, Pause: !req.NoPause,
		})
		id = response.ID
		return err
	}, nil)
	return id, err
}

func (e *Engine) nameCommitted(ctx context.Context, id, name string) error {
	if ctx.Err() != nil {
		return core.ContextError(ctx, "")
	}
	if name == "" {
		return nil
	}
	return e.session.Retry(ctx, func(ctx context.Context) error { return e.api.ImageTag(ctx, id, name) })
}

// removeCommitted removes an image, with the name that it may have got.
func (e *Engine) removeCommitted(ctx context.Context, id string) error {
	_, err := e.api.ImageRemove(ctx, id, image.RemoveOptions{Force: true})
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return err
}

// checkNewName refuses what an image cannot be called; none is fine.
func checkNewName(name string) error {
	if name == "" {
		return nil
	}
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return core.Errorf(core.KindInvalidArgument, "%q is not a valid image name: %w", name, err)
	}
	if _, digested := ref.(reference.Digested); digested {
		return core.Errorf(core.KindInvalidArgument, "%q has a digest, which only the image's content can give: name a tag", name)
	}
	return nil
}
