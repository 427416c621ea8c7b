// Package newimages makes images other than by a build: of a container's files, or of an archive
// of files. It imports core, registry, session and streams.
package newimages

import (
	"context"

	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// NewImages implements core.NewImages.
type NewImages struct{ session *session.Session }

var _ core.NewImages = (*NewImages)(nil)

// New returns the NewImages of a session.
func New(s *session.Session) *NewImages { return &NewImages{s} }

// create makes an image, once. It gets its name when it is complete: a name that another image
// has stays there until then, and a call that was cancelled takes no name away.
func (n *NewImages) create(ctx context.Context, o session.Operation, name string, make func(ctx context.Context) (id string, err error)) (made core.NewImage, err error) {
	err = n.session.Perform(ctx, o, func(ctx context.Context) error {
		if made.ID, err = n.once(ctx, make); err != nil {
			return err
		}
		if err = n.name(ctx, made.ID, name); err != nil {
			_ = n.session.CleanUp(ctx, func(ctx context.Context) error { return n.remove(ctx, made.ID) })
		}
		return err
	})
	if err != nil {
		made.ID = ""
	}
	return made, err
}

// once makes an image without a name. When ctx ends meanwhile, the answer is still awaited,
// so that the caller knows what there is to remove.
func (n *NewImages) once(ctx context.Context, make func(ctx context.Context) (string, error)) (id string, err error) {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	err = n.session.Once(long, func(ctx context.Context) error {
		id, err = make(ctx)
		return err
	}, nil)
	return id, err
}

func (n *NewImages) name(ctx context.Context, id, name string) error {
	if ctx.Err() != nil {
		return core.ContextError(ctx, "")
	}
	if name == "" {
		return nil
	}
	return n.session.Retry(ctx, func(ctx context.Context) error { return n.session.API.ImageTag(ctx, id, name) })
}

// remove removes an image, with the name that it may have got.
func (n *NewImages) remove(ctx context.Context, id string) error {
	_, err := n.session.API.ImageRemove(ctx, id, image.RemoveOptions{Force: true})
	if session.IsImageGone(err) {
		return nil
	}
	return err
}
