package build

import (
	"os"
	"slices"

	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/session/sshforward"
	"github.com/moby/buildkit/session/sshforward/sshprovider"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
)

// readSSH prepares --ssh: agents and keys that RUN --mount=type=ssh may use.
func (s *Spec) readSSH() error {
	specs, err := buildflags.ParseSSHSpecs(s.flags.ssh)
	if err != nil {
		return invalid("--ssh: %w", err)
	}
	if len(specs) == 0 {
		return nil
	}
	configs := make([]sshprovider.AgentConfig, 0, len(specs))
	for _, spec := range specs {
		if spec.ID == "" {
			spec.ID = sshforward.DefaultID
		}
		if len(spec.Paths) == 0 || slices.Equal(spec.Paths, []string{""}) {
			socket := s.environ.Get("SSH_AUTH_SOCK")
			if socket == "" {
				return invalid("--ssh %s: no SSH agent is known: start one so that SSH_AUTH_SOCK is set, or give --ssh %s=/path/of/a/key", spec.ID, spec.ID)
			}
			spec.Paths = []string{socket}
		}
		for _, path := range spec.Paths {
			if _, err := os.Stat(path); err != nil {
				return localfiles.PathError(err, "--ssh "+spec.ID, path)
			}
		}
		configs = append(configs, sshprovider.AgentConfig{ID: spec.ID, Paths: spec.Paths})
	}
	provider, err := sshprovider.NewSSHAgentProvider(configs)
	if err != nil {
		return invalid("--ssh: %w", err)
	}
	s.sessions = append(s.sessions, provider)
	return nil
}
