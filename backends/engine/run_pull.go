package engine

import (
	"context"
	"errors"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/core"
)

// pullPolicy says when a run pulls its image: docker run's --pull and --quiet. The pull is
// done here and not by docker's command, which would run credential helpers in this
// process's own environment.
type pullPolicy struct {
	cliopts.Pull
	event   func(any) // nil if nobody listens
	environ core.EnvironChanges
}

// creating creates a container, after pulling its image as the policy says.
func (p pullPolicy) creating(ctx context.Context, e *Engine, name string, create func() (container.CreateResponse, error)) (container.CreateResponse, error) {
	if p.When == cliopts.PullAlways {
		if err := p.pull(ctx, e, name); err != nil {
			return container.CreateResponse{}, err
		}
	}
	response, err := create()
	if p.When != cliopts.PullMissing || !cerrdefs.IsNotFound(err) || core.KindOf(err) != "" || registry.Reference(name) == nil {
		return response, err
	}
	if pulled := p.pull(ctx, e, name); pulled != nil {
		return response, missingImage(name, pulled)
	}
	return create()
}

func (p pullPolicy) pull(ctx context.Context, e *Engine, name string) error {
	ref := registry.Reference(name)
	if ref == nil {
		return core.Errorf(core.KindInvalidArgument, "%q is an ID, which no registry has: leave out --pull", name)
	}
	progress := p.event != nil && !p.Quiet
	_, err := e.pullAgain(ctx, reference.TagNameOnly(ref), core.PullRequest{Image: name, Platform: p.Platform, Progress: progress, Environ: p.environ}, p.event)
	return err
}

// missingImage adds to a failed pull that the engine had no such image either.
func missingImage(name string, err error) error {
	var known *core.Error
	if !errors.As(err, &known) {
		return err
	}
	out := *known
	out.Message = "the engine has no image " + name + ", and it cannot be pulled: " + known.Message
	return &out
}
