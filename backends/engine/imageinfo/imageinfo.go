// Package imageinfo reads the relevant part of an engine's description of an image: whether
// two engines have the same one, and what a container would inherit from it. It imports core.
package imageinfo

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/core"
)

// Document is the relevant part of an image's description.
type Document struct {
	ID           string `json:"Id"`
	Created      string
	Author       string
	Architecture string
	Variant      string
	Os           string
	Config       Config
	RootFS       struct{ Layers []digest.Digest }
	Manifests    []struct{ Available bool }
}

// Config is everything that a container inherits from an image.
type Config struct {
	User, WorkingDir, StopSignal         string
	Env, Cmd, Entrypoint, Shell, OnBuild []string
	Labels                               map[string]string
	ExposedPorts, Volumes                map[string]struct{}
	Healthcheck                          any
	StopTimeout                          *int
}

// Inspect asks an engine for an image's description.
func Inspect(ctx context.Context, client core.DockerClient, name string) (image Document, err error) {
	raw, err := client.ImageInspect(ctx, core.ImageInspectRequest{Image: name})
	if err != nil {
		return image, err
	}
	if err := json.Unmarshal(raw, &image); err != nil {
		return image, core.Errorf(core.KindEngineError, "the description of %s cannot be read: %w", name, err)
	}
	return image, nil
}

// Same compares images that different stores may identify by different IDs.
func (d Document) Same(other Document) bool {
	return d.SameLayers(other) && d.Created == other.Created && d.Author == other.Author &&
		d.Architecture == other.Architecture && d.Variant == other.Variant && d.Os == other.Os &&
		reflect.DeepEqual(d.Config.Normal(), other.Config.Normal())
}

// SameLayers reports whether two images have the same layers.
func (d Document) SameLayers(other Document) bool {
	return slices.Equal(d.RootFS.Layers, other.RootFS.Layers)
}

// Normal makes empty and missing lists equal.
func (c Config) Normal() Config {
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

// Complete reports whether an engine has all content of an image. With containerd's
// store it may have only the unpacked layers: enough to run, but not to push or save. An
// engine that does not report it has no such store.
func (d Document) Complete(ctx context.Context, client core.DockerClient, name string) bool {
	raw, err := client.ImageInspect(ctx, core.ImageInspectRequest{Image: name, Manifests: true})
	if core.KindOf(err) == core.KindInvalidArgument {
		return true
	}
	var told Document
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
