package build

import (
	"os"
	"strings"

	"github.com/docker/buildx/util/buildflags"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
)

// readContexts checks --build-context.
func (s *Spec) readContexts() error {
	contexts, err := buildflags.ParseContextNames(s.flags.contexts)
	if err != nil {
		return invalid("--build-context: %w", err)
	}
	for name, value := range contexts {
		if place, ok := strings.CutPrefix(value, layoutScheme); ok {
			if contexts[name], err = s.readLayout("--build-context "+name, place); err != nil {
				return err
			}
			continue
		}
		if remoteContext(value) {
			continue
		}
		if strings.HasPrefix(value, "target:") || strings.HasPrefix(value, "oci-layout:") {
			return invalid("--build-context %s=%s is not supported: give a folder, a URL, docker-image:// or oci-layout://", name, value)
		}
		if err := checkFolder(value, "--build-context "+name); err != nil {
			return err
		}
	}
	s.contexts = contexts
	return nil
}

// remoteContext reports whether BuildKit accepts the value unchanged.
func remoteContext(value string) bool {
	for _, prefix := range []string{"docker-image://", layoutScheme, "http://", "https://", "git://", "git@", "ssh://"} {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}
	return false
}

// checkFolder refuses what is not a folder.
func checkFolder(path, what string) error {
	info, err := os.Stat(path)
	if err != nil {
		return localfiles.PathError(err, what, path)
	}
	if !info.IsDir() {
		return invalid("%s: %s is no folder", what, path).With("path", path)
	}
	return nil
}
