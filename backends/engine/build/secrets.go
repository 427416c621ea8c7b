package build

import (
	"io"
	"os"

	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/session/secrets/secretsprovider"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// readSecrets reads --secret now: a missing secret must not show only in the middle of a
// build, and one that changes meanwhile must not be read half old, half new.
func (s *Spec) readSecrets() error {
	specs, err := buildflags.ParseSecretSpecs(s.flags.secrets)
	if err != nil {
		return invalid("--secret: %w", err)
	}
	s.secrets = map[string][]byte{}
	for _, spec := range specs {
		if spec.ID == "" {
			return invalid("--secret needs id=NAME")
		}
		value, err := s.secret(spec)
		if err != nil {
			return err
		}
		if len(value) > secretsprovider.MaxSecretSize {
			return invalid("--secret id=%s has %d bytes: BuildKit takes %d", spec.ID, len(value), secretsprovider.MaxSecretSize)
		}
		s.secrets[spec.ID] = value
	}
	if len(specs) > 0 {
		s.sessions = append(s.sessions, secretsprovider.FromMap(s.secrets))
	}
	return nil
}

// secret follows buildx: without src and env, the name is a variable or else a file.
func (s *Spec) secret(spec *buildflags.Secret) ([]byte, error) {
	if spec.Env == "" && spec.FilePath == "" {
		if value, ok := s.environ.Lookup(spec.ID); ok {
			return []byte(value), nil
		}
		spec.FilePath = spec.ID
	}
	if spec.Env != "" {
		value, ok := s.environ.Lookup(spec.Env)
		if !ok {
			return nil, invalid("--secret id=%s: there is no environment variable %s", spec.ID, spec.Env)
		}
		return []byte(value), nil
	}
	return readBounded(spec.FilePath, "--secret id="+spec.ID, secretsprovider.MaxSecretSize)
}

// readBounded reads a small file; of a larger one it reads one byte more than the limit.
func readBounded(path, what string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, localfiles.PathError(err, what, path)
	}
	if info.IsDir() {
		return nil, invalid("%s: %s is a folder", what, path).With("path", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, localfiles.PathError(err, what, path)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, core.Errorf(core.KindInvalidArgument, "%s: %w", what, err).With("path", path)
	}
	return data, nil
}
