package engine

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// imageDocument is what a transfer reads of an image's description.
type imageDocument struct {
	ID           string `json:"Id"`
	Created      string
	Author       string
	Architecture string
	Variant      string
	Os           string
	Config       imageConfig
	RootFS       struct{ Layers []digest.Digest }
	Manifests    []struct{ Available bool }
}

// imageConfig is all that a container takes over from an image.
type imageConfig struct {
	User, WorkingDir, StopSignal         string
	Env, Cmd, Entrypoint, Shell, OnBuild []string
	Labels                               map[string]string
	ExposedPorts, Volumes                map[string]struct{}
	Healthcheck                          any
	StopTimeout                          *int
}

func inspectImage(ctx context.Context, client core.DockerClient, name string) (image imageDocument, err error) {
	raw, err := client.ImageInspect(ctx, core.ImageInspectRequest{Image: name})
	if err != nil {
		return image, err
	}
	if err := json.Unmarshal(raw, &image); err != nil {
		return image, core.Errorf(core.KindEngineError, "the description of %s cannot be read: %w", name, err)
	}
	return image, nil
}

// same compares images that different stores name by different IDs.
func (d imageDocument) same(other imageDocument) bool {
	return d.sameLayers(other) && d.Created == other.Created && d.Author == other.Author &&
		d.Architecture == other.Architecture && d.Variant == other.Variant && d.Os == other.Os &&
		reflect.DeepEqual(d.Config.normal(), other.Config.normal())
}

func (d imageDocument) sameLayers(other imageDocument) bool {
	return slices.Equal(d.RootFS.Layers, other.RootFS.Layers)
}

// normal makes empty and missing lists the same.
func (c imageConfig) normal() imageConfig {
	for _, list := range []*[]string{&c.Env, &c.Cmd, &c.Entrypoint, &c.Shell, &c.OnBuild} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	for _, set := range []*map[string]struct{}{&c.ExposedPorts, &c.Volumes} {
		if len(*set) == 0 {
			*set = nil
		}
	}
	if len(c.Labels) == 0 {
		c.Labels = nil
	}
	return c
}

// complete reports whether an engine has all content of an image. With containerd's
// store it may have the unpacked layers only: enough to run, not to push or save. An
// engine that cannot tell has no such store.
func (d imageDocument) complete(ctx context.Context, client core.DockerClient, name string) bool {
	raw, err := client.ImageInspect(ctx, core.ImageInspectRequest{Image: name, Manifests: true})
	if core.KindOf(err) == core.KindInvalidArgument {
		return true
	}
	var told imageDocument
	if err != nil || json.Unmarshal(raw, &told) != nil {
		return false
	}
	for _, manifest := range told.Manifests {
		if manifest.Available {
			return true
		}
	}
	return len(told.Manifests) == 0
}

// targetLayers are the chains of layers that an engine has.
type targetLayers struct {
	chains map[digest.Digest]bool
	// containerd says that layers are kept as the blobs that came, named by their
	// digests; else as file systems, named by their chains.
	containerd bool
}

// lookups bounds how many images are asked for at once.
const lookups = 8

func lookAtTarget(ctx context.Context, client core.DockerClient) (*targetLayers, error) {
	containerd, err := containerdStore(ctx, client.Info)
	if err != nil {
		return nil, err
	}
	t := &targetLayers{chains: map[digest.Digest]bool{}, containerd: containerd}
	rows, err := client.ImageList(ctx)
	if err != nil {
		return nil, err
	}
	images, err := inspectAll(ctx, client, rows)
	for _, image := range images {
		for _, chain := range chains(image.RootFS.Layers) {
			t.chains[chain] = true
		}
	}
	return t, err
}

// inspectAll asks for the images of some rows. One that is removed meanwhile is empty.
func inspectAll(ctx context.Context, client core.DockerClient, rows []json.RawMessage) ([]imageDocument, error) {
	images := make([]imageDocument, len(rows))
	err := guard.Each(ctx, lookups, len(rows), func(i int) (err error) {
		images[i], err = inspectRow(ctx, client, rows[i])
		return err
	})
	return images, err
}

func inspectRow(ctx context.Context, client core.DockerClient, row json.RawMessage) (imageDocument, error) {
	var named struct{ ID string }
	if json.Unmarshal(row, &named) != nil || named.ID == "" {
		return imageDocument{}, nil
	}
	image, err := inspectImage(ctx, client, named.ID)
	if core.KindOf(err) == core.KindImageNotFound {
		err = nil
	}
	return image, err
}

// chains returns the name of each layer together with all below it.
func chains(layers []digest.Digest) []digest.Digest {
	return identity.ChainIDs(slices.Clone(layers))
}

// shared counts the layers, from the lowest, that the engine has.
func (t *targetLayers) shared(layers []digest.Digest) int {
	for i, chain := range chains(layers) {
		if !t.chains[chain] {
			return i
		}
	}
	return len(layers)
}
