package reserve

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/built"
	"github.com/proboscis/ml_nexus_go/core"
)

// The placeholder's image has the agent's program and nothing else. It is always the same for a
// program, byte for byte, and so are its IDs. Swarm is given the ID, which no node ever pulls: an
// image that somebody else has loaded by the same name is not used.
const (
	imageName = "ml-nexus-go-reservation"
	program   = "/agent"
)

// placeholder is the image for one architecture.
type placeholder struct {
	archive []byte
	// ids are what engines call it: those with containerd's store by its manifest, the others by
	// its configuration.
	manifest, config digest.Digest
}

var placeholders sync.Map // by architecture: func() (placeholder, error)

func placeholderFor(architecture string) (placeholder, error) {
	made, _ := placeholders.LoadOrStore(architecture, sync.OnceValues(func() (placeholder, error) { return makePlaceholder(architecture) }))
	return made.(func() (placeholder, error))()
}

// architectures are Docker's words for what nodes call their own.
func architecture(machine string) string {
	switch machine {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return machine
}

func makePlaceholder(architecture string) (placeholder, error) {
	if !slices.Contains(built.Architectures, architecture) {
		return placeholder{}, core.Errorf(core.KindEngineError, "nodes of the architecture %s cannot be used: this library has programs for %v", architecture, built.Architectures)
	}
	agent, err := built.Agent(architecture)
	if err != nil {
		return placeholder{}, core.Errorf(core.KindInternalError, "this library was built without its agent for %s: build it with build.sh", architecture)
	}
	var layer bytes.Buffer
	err = writeTar(&layer, file{program[1:], agent, 0o755})
	if err != nil {
		return placeholder{}, err
	}
	return pack(architecture, layer.Bytes())
}

// pack makes an archive that engines of all versions load.
func pack(architecture string, layer []byte) (placeholder, error) {
	layerDigest := digest.FromBytes(layer)
	made := time.Unix(0, 0).UTC()
	config, err := json.Marshal(ocispec.Image{
		Created: &made, Platform: ocispec.Platform{Architecture: architecture, OS: "linux"},
		Config: ocispec.ImageConfig{Entrypoint: []string{program, "hold"}},
		RootFS: ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{layerDigest}},
	})
	if err != nil {
		return placeholder{}, err
	}
	p := placeholder{config: digest.FromBytes(config)}
	manifest, err := json.Marshal(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest,
		Config: ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig, Digest: p.config, Size: int64(len(config))},
		Layers: []ocispec.Descriptor{{MediaType: ocispec.MediaTypeImageLayer, Digest: layerDigest, Size: int64(len(layer))}},
	})
	if err != nil {
		return placeholder{}, err
	}
	p.manifest = digest.FromBytes(manifest)
	tag := imageName + ":" + p.config.Encoded()[:12]
	index, err := json.Marshal(ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex,
		Manifests: []ocispec.Descriptor{{
			MediaType: ocispec.MediaTypeImageManifest, Digest: p.manifest, Size: int64(len(manifest)),
			Annotations: map[string]string{"io.containerd.image.name": "docker.io/library/" + tag, ocispec.AnnotationRefName: p.config.Encoded()[:12]},
			Platform:    &ocispec.Platform{Architecture: architecture, OS: "linux"},
		}},
	})
	if err != nil {
		return placeholder{}, err
	}
	// What engines read that know no layouts of OCI.
	old, err := json.Marshal([]map[string]any{{"Config": blob(p.config), "RepoTags": []string{tag}, "Layers": []string{blob(layerDigest)}}})
	if err != nil {
		return placeholder{}, err
	}
	var archive bytes.Buffer
	err = writeTar(&archive,
		file{"oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644}, file{"index.json", index, 0o644}, file{"manifest.json", old, 0o644},
		file{blob(p.manifest), manifest, 0o644}, file{blob(p.config), config, 0o644}, file{blob(layerDigest), layer, 0o644})
	p.archive = archive.Bytes()
	return p, err
}

func blob(of digest.Digest) string { return "blobs/" + of.Algorithm().String() + "/" + of.Encoded() }

type file struct {
	name    string
	content []byte
	mode    int64
}

func writeTar(to io.Writer, files ...file) error {
	out := tar.NewWriter(to)
	for _, f := range files {
		if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content))}); err != nil {
			return err
		}
		if _, err := out.Write(f.content); err != nil {
			return err
		}
	}
	return errors.Join(out.Close())
}
