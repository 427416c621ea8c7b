package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// Kinds of outputs besides those that BuildKit's client names.
const (
	exportRegistry = "registry"
	exportNothing  = "cacheonly"
	exportMoby     = "moby" // the engine's own store
)

// readOutputs sorts out --output, --push and --load.
func (s *Spec) readOutputs() error {
	exports, err := buildflags.ParseExports(s.flags.outputs)
	if err != nil {
		return invalid("--output: %w", err)
	}
	s.Push = s.flags.push
	for _, export := range exports {
		if err := s.checkOutput(export); err != nil {
			return err
		}
	}
	s.exports = exports
	if (s.flags.push || s.flags.load) && !s.Stores() {
		return invalid("--push and --load need the image in the engine's store: give --output type=image as well, or no --output")
	}
	if s.Push && len(s.Tags) == 0 {
		return invalid("an image is pushed under a name: give a tag")
	}
	// BuildKit answers with the last one's result, which should be the image in the engine's store.
	slices.SortStableFunc(s.exports, func(a, b *buildflags.ExportEntry) int { return rank(a) - rank(b) })
	return checkApart(s.exports)
}

func rank(export *buildflags.ExportEntry) int {
	if inStore(export) {
		return 1
	}
	return 0
}

func inStore(export *buildflags.ExportEntry) bool { return export.Type == client.ExporterImage }

// checkApart refuses outputs that would overwrite each other.
func checkApart(exports []*buildflags.ExportEntry) error {
	taken := map[string]bool{}
	for _, export := range exports {
		if export.Destination != "" && taken[export.Destination] {
			return invalid("two of --output have dest=%s: give each its own", export.Destination)
		}
		taken[export.Destination] = true
	}
	return nil
}

func (s *Spec) checkOutput(export *buildflags.ExportEntry) error {
	switch export.Type {
	case client.ExporterLocal:
		return s.checkFolder(export)
	case client.ExporterTar, client.ExporterOCI:
		return s.checkFile(export)
	case client.ExporterDocker:
		if export.Destination == "" {
			export.Type = client.ExporterImage // into the engine's store
			return nil
		}
		return s.checkFile(export)
	case exportRegistry:
		export.Type = client.ExporterImage
		s.Push = true
	case client.ExporterImage:
		if text, ok := export.Attrs["push"]; ok {
			push, err := strconv.ParseBool(text)
			if err != nil {
				return invalid("--output push=%s: write true or false", text)
			}
			s.Push = s.Push || push
			delete(export.Attrs, "push")
		}
	case exportNothing:
	default:
		return invalid("--output type=%s is not known: there are local, tar, oci, docker, image, registry and cacheonly", export.Type)
	}
	if export.Destination != "" {
		return invalid("--output type=%s has no dest", export.Type)
	}
	return nil
}

func (s *Spec) checkFolder(export *buildflags.ExportEntry) error {
	if export.Destination == "" {
		return invalid("--output type=local needs dest=FOLDER")
	}
	info, err := os.Stat(export.Destination)
	if err == nil && !info.IsDir() {
		return invalid("--output dest=%s is no folder", export.Destination)
	}
	return makeAbsolute(export)
}

func (s *Spec) checkFile(export *buildflags.ExportEntry) error {
	if export.Destination == "" || export.Destination == "-" {
		return invalid("--output type=%s needs dest=FILE", export.Type)
	}
	if tar, ok := export.Attrs["tar"]; ok {
		if packed, err := strconv.ParseBool(tar); err != nil || !packed {
			return invalid("--output tar=%s is not supported: an archive is written", tar)
		}
	}
	if err := makeAbsolute(export); err != nil {
		return err
	}
	return checkWritable("--output", export.Destination)
}

func makeAbsolute(export *buildflags.ExportEntry) error {
	path, err := filepath.Abs(export.Destination)
	if err != nil {
		return localfiles.PathError(err, "--output", export.Destination)
	}
	export.Destination = path
	return nil
}

// checkWritable refuses a file that cannot be made, before anything is built.
func checkWritable(option, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return invalid("%s %s is a folder: name a file", option, path)
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return core.Errorf(core.KindPathNotFound, "%s %s: there is no folder %s", option, path, filepath.Dir(path)).With("path", filepath.Dir(path))
	}
	return nil
}

// Stores reports whether the image goes into the engine's store.
func (s *Spec) Stores() bool {
	return len(s.exports) == 0 || slices.ContainsFunc(s.exports, inStore)
}

// SaveTo returns the archive for docker load that the client must write; "" if BuildKit
// wrote it, which it cannot in an engine without containerd's image store.
func (s *Spec) SaveTo() string { return s.saveTo }

// adaptOutput replaces an archive that this engine's BuildKit cannot make by the engine's
// store; the image is then saved from there.
func (s *Spec) adaptOutput(containerd bool) {
	for _, export := range s.exports {
		if export.Type == client.ExporterDocker && !containerd {
			s.saveTo, export.Type, export.Destination = export.Destination, client.ExporterImage, ""
			delete(export.Attrs, "tar")
		}
	}
}
