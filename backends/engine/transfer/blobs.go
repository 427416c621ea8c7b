package transfer

import (
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/proboscis/ml_nexus_go/core"
)

// blobs reads the OCI layout that engines with containerd's store write.
func (s *spool) blobs() ([]archivedImage, error) {
	var index struct{ Manifests []blob }
	if err := s.decode(ocispec.ImageIndexFile, &index); err != nil {
		return nil, core.Errorf(core.KindEngineError, "the engine's archive of the image has no usable index.json: %w", err)
	}
	looks := maxLooks
	images := s.below(index.Manifests, 0, &looks)
	if looks < 0 {
		return nil, core.Errorf(core.KindEngineError, "the engine's archive of the image names more than %d manifests", maxLooks)
	}
	return images, nil
}

// blob is the part of a descriptor that is needed.
type blob struct{ Digest digest.Digest }

// Bounds on what an archive may name.
const (
	maxNesting = 4    // indexes in indexes
	maxLooks   = 1000 // manifests in all: one for each platform, and its attestations
)

func (s *spool) below(descriptors []blob, depth int, looks *int) []archivedImage {
	var images []archivedImage
	for _, descriptor := range descriptors {
		if *looks--; *looks < 0 {
			return nil
		}
		var found struct {
			Config            blob
			Layers, Manifests []blob
		}
		if s.decode(blobPath(descriptor.Digest), &found) != nil {
			continue // of a platform that the engine does not have
		}
		if depth < maxNesting {
			images = append(images, s.below(found.Manifests, depth+1, looks)...)
		}
		var config configLayers
		if len(found.Layers) == 0 || s.decode(blobPath(found.Config.Digest), &config) != nil {
			continue
		}
		if len(config.RootFS.DiffIDs) != len(found.Layers) {
			continue // an attestation: it is small
		}
		image := archivedImage{layers: config.RootFS.DiffIDs}
		for _, layer := range found.Layers {
			image.files = append(image.files, blobPath(layer.Digest))
		}
		images = append(images, image)
	}
	return images
}

func blobPath(of digest.Digest) string {
	algorithm, encoded, _ := strings.Cut(of.String(), ":")
	return path.Join(ocispec.ImageBlobsDir, algorithm, encoded)
}
