package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/docker/docker/client"
	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
	"github.com/proboscis/ml_nexus_go/core"
)

// The agent runs as root with a folder of the host. A name does not prove what is in an
// image: anybody may load an archive with that name, or push one to a mirror. So an image
// counts as the agent's if its only layer is what this client would import and its
// configuration adds nothing; and containers are created from its ID, which names no other.

// imageID returns the ID of the agent's image on the engine, "" if the engine lacks it
// or has something else under that name.
func (h *Helpers) imageID(ctx context.Context, ref string) (string, error) {
	h.mu.Lock()
	known, layer := h.image, h.layer
	h.mu.Unlock()
	if known != "" {
		return known, nil
	}
	var document bytes.Buffer
	_, err := h.session.API.ImageInspect(ctx, ref, client.ImageInspectWithRawResponse(&document))
	if err != nil && imageIsGone(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var image imageinfo.Document
	if err := json.Unmarshal(document.Bytes(), &image); err != nil {
		return "", core.Errorf(core.KindEngineError, "the engine's description of %s cannot be read: %w", ref, err)
	}
	if !isAgent(image, layer) {
		return "", nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.image = image.ID
	return image.ID, nil
}

func isAgent(image imageinfo.Document, layer digest.Digest) bool {
	config := image.Config.Normal()
	// Engines name folders and search paths in it, which a static program has no use for.
	config.WorkingDir = ""
	config.Env = slices.DeleteFunc(slices.Clone(config.Env), func(v string) bool { return v == defaultPath })
	want := imageinfo.Config{Labels: map[string]string{Label: "1"}}
	return image.ID != "" && slices.Equal(image.RootFS.Layers, []digest.Digest{layer}) && reflect.DeepEqual(config.Normal(), want)
}

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// forgetImage makes the next caller look up the image again.
func (h *Helpers) forgetImage(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.image == id {
		h.image = ""
	}
}

// otherImage returns the error if the engine has something else after each import.
func otherImage(ref string) error {
	return core.Errorf(core.KindEngineError,
		"the engine has another image than this client's agent by the name %s, also after it was imported: nothing was run. Find out who makes it (docker image inspect %s)", ref, ref).
		With("reason", "other_image").With("image", ref)
}
