package engine

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/jsonmessage"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/proboscis/ml_nexus_go/backends/engine/registry"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ImagePush implements core.Images.
func (e *Engine) ImagePush(ctx context.Context, req core.PushRequest, event func(any)) (result core.PushResult, err error) {
	ref, invalid := pushReference(req)
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		return e.session.Retry(ctx, func(ctx context.Context) error {
			result, err = e.push(ctx, ref, req, event)
			return err
		})
	})
	return result, err
}

func pushReference(req core.PushRequest) (reference.Named, error) {
	ref, err := registry.RepositoryReference(req.Image, req.AllTags)
	if err != nil {
		return nil, err
	}
	if _, digested := ref.(reference.Digested); digested {
		return nil, core.Errorf(core.KindInvalidArgument, "%q has a digest: an image is pushed by its tag", req.Image)
	}
	return ref, registry.CheckPlatform(req.Platform)
}

// pushed finds the digest in "v1: digest: sha256:... size: 527".
var pushed = regexp.MustCompile(`^(\S+): digest: (\S+) size: \d+$`)

func (e *Engine) push(ctx context.Context, ref reference.Named, req core.PushRequest, event func(any)) (core.PushResult, error) {
	result := core.PushResult{Image: reference.FamiliarString(ref), Digests: map[string]string{}}
	login, err := registry.FindCredential(ctx, e.logins.With(req.Environ), ref, req.Login)
	if err != nil {
		return result, err
	}
	header, err := login.Header()
	if err != nil {
		return result, err
	}
	options := image.PushOptions{All: req.AllTags, RegistryAuth: header}
	if options.Platform, err = e.pushPlatform(req.Platform); err != nil {
		return result, err
	}
	body, err := e.api.ImagePush(ctx, ref.String(), options)
	if err != nil {
		return result, registry.Fault(ctx, result.Image, login, registry.Pushing, err)
	}
	progress := registry.NewLayerProgress(req.Progress, event)
	err = registry.EachMessage(ctx, body, func(m *jsonmessage.JSONMessage) {
		progress.Message(m)
		if tag, digest := pushedDigest(m); digest != "" {
			result.Digest, result.Digests[tag] = digest, digest
		}
	})
	return result, registry.Fault(ctx, result.Image, login, registry.Pushing, err)
}

func (e *Engine) pushPlatform(text string) (*ocispec.Platform, error) {
	if text == "" {
		return nil, nil
	}
	if err := e.needVersion("1.46", "pushing one platform of an image"); err != nil {
		return nil, err
	}
	platform, err := platforms.Parse(text)
	return &platform, err
}

func pushedDigest(m *jsonmessage.JSONMessage) (tag, digest string) {
	if m.Aux != nil {
		var aux struct{ Tag, Digest string }
		if json.Unmarshal(*m.Aux, &aux) == nil && aux.Tag != "" {
			return aux.Tag, aux.Digest
		}
	}
	if found := pushed.FindStringSubmatch(m.Status); found != nil {
		return found[1], found[2]
	}
	return "", ""
}
