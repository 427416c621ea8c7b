package dockerconfig

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"

	"github.com/proboscis/ml_nexus_go/core"
)

// Dir returns where docker's CLI keeps its settings, "" if nothing says so.
func Dir(environ core.Environ) string {
	if dir := environ.Get("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	if home := environ.Home(); home != "" {
		return filepath.Join(home, ".docker")
	}
	return ""
}

// Load reads config.json. A missing or unreadable file counts as empty, as for the CLI. An
// invalid one is an error: it may name another engine than the default.
func Load(dir string) (*configfile.ConfigFile, error) {
	if dir == "" {
		return configfile.New(""), nil
	}
	file, err := read(dir)
	if errors.Is(err, fs.ErrPermission) {
		return configfile.New(filepath.Join(dir, config.ConfigFileName)), nil
	}
	return file, err
}

func read(dir string) (*configfile.ConfigFile, error) {
	file, err := config.Load(dir)
	if err == nil {
		return file, nil
	}
	kind := core.KindInvalidArgument
	if errors.Is(err, fs.ErrPermission) {
		kind = core.KindPermissionDenied
	}
	path := filepath.Join(dir, config.ConfigFileName)
	return nil, core.Errorf(kind, "docker's settings in %s cannot be read: %w: correct the file, or name another folder with DOCKER_CONFIG", path, err).With("path", path)
}
