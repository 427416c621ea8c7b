package engine

import (
	"context"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImagePull implements core.Images. If ctx ends, the engine keeps the layers it got; the
// image exists with all of them or not at all.
func (e *Engine) ImagePull(ctx context.Context, req core.PullRequest, event func(any)) (result core.PullResult, err error) {
	ref, invalid := pullReference(req)
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		result, err = e.pullAgain(ctx, ref, req, event)
		return err
	})
	return result, err
}

// pullAgain pulls until it succeeds or cannot succeed, also after a lost connection.
func (e *Engine) pullAgain(ctx context.Context, ref reference.Named, req core.PullRequest, event func(any)) (result core.PullResult, err error) {
	err = e.session.RetryWithLease(ctx, func() error {
		result, err = e.pull(ctx, ref, req, event)
		return err
	})
	return result, err
}

func pullReference(req core.PullRequest) (reference.Named, error) {
	ref, err := registry.RepositoryReference(req.Image, req.AllTags)
	if err != nil {
		return nil, err
	}
	return ref, registry.CheckPlatform(req.Platform)
}

func (e *Engine) pull(ctx context.Context, ref reference.Named, req core.PullRequest, event func(any)) (core.PullResult, error) {
	result := core.PullResult{Image: reference.FamiliarString(ref)}
	login, err := registry.FindCredential(ctx, e.logins.With(req.Environ), ref, req.Login)
	if err != nil {
		return result, err
	}
	header, err := login.Header()
	if err != nil {
		return result, err
	}
	platform := req.Platform
	if platform == "" {
		platform = e.environ(req.Environ).Get("DOCKER_DEFAULT_PLATFORM")
	}
	body, err := e.api.ImagePull(ctx, ref.String(), image.PullOptions{All: req.AllTags, RegistryAuth: header, Platform: platform})
	if err != nil {
		return result, registry.Fault(ctx, result.Image, login, registry.Pulling, err)
	}
	progress := registry.NewLayerProgress(req.Progress, event)
	err = registry.EachMessage(ctx, body, func(m *jsonmessage.JSONMessage) {
		progress.Message(m)
		if digest, ok := strings.CutPrefix(m.Status, "Digest: "); ok {
			result.Digest = digest
		}
		if strings.HasPrefix(m.Status, "Status: Image is up to date") {
			result.UpToDate = true
		}
	})
	if err != nil {
		return result, registry.Fault(ctx, result.Image, login, registry.Pulling, err)
	}
	if !req.AllTags {
		result.ID, err = e.pulledID(ctx, result)
	}
	return result, err
}

// pulledID returns the ID of the pulled image. An image for another platform than the
// engine's own may have none.
func (e *Engine) pulledID(ctx context.Context, pulled core.PullResult) (string, error) {
	info, err := e.api.ImageInspect(ctx, pulled.Image)
	if err == nil {
		return info.ID, nil
	}
	if ctx.Err() != nil || session.AnswerLost(err) {
		return "", err
	}
	return "", nil
}
