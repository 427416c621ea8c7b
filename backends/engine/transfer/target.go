package transfer

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"

	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// targetLayers are the chains of layers that an engine has.
type targetLayers struct {
	chains map[digest.Digest]bool
	// containerd says that layers are kept as the blobs that arrived, named by their
	// digests; else as file systems, named by their chains.
	containerd bool
}

// lookups bounds how many images are inspected at once.
const lookups = 8

func lookAtTarget(ctx context.Context, client core.DockerClient) (*targetLayers, error) {
	containerd, err := imageinfo.ContainerdStore(ctx, client.Info)
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

// inspectAll inspects the images of some rows. One that is removed meanwhile is empty.
func inspectAll(ctx context.Context, client core.DockerClient, rows []json.RawMessage) ([]imageinfo.Document, error) {
	images := make([]imageinfo.Document, len(rows))
	err := guard.Each(ctx, lookups, len(rows), func(i int) (err error) {
		images[i], err = inspectRow(ctx, client, rows[i])
		return err
	})
	return images, err
}

func inspectRow(ctx context.Context, client core.DockerClient, row json.RawMessage) (imageinfo.Document, error) {
	var named struct{ ID string }
	if json.Unmarshal(row, &named) != nil || named.ID == "" {
		return imageinfo.Document{}, nil
	}
	image, err := imageinfo.Inspect(ctx, client, named.ID)
	if core.KindOf(err) == core.KindImageNotFound {
		err = nil
	}
	return image, err
}

// chains returns the chain ID of each layer: the name of the layer together with all below it.
func chains(layers []digest.Digest) []digest.Digest {
	return identity.ChainIDs(slices.Clone(layers))
}

// shared counts the layers, starting with the lowest, that the engine has.
func (t *targetLayers) shared(layers []digest.Digest) int {
	for i, chain := range chains(layers) {
		if !t.chains[chain] {
			return i
		}
	}
	return len(layers)
}
