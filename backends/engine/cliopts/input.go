package cliopts

import (
	"github.com/docker/cli/cli/config/configfile"

	"github.com/proboscis/ml_nexus_go/core"
)

// Input is what docker's command reads: its options, environment and settings.
type Input struct {
	Options []string
	// Environ is the caller's environment.
	Environ core.Environ
	// Config is docker's config file; DaemonHost selects the proxies in it.
	Config     *configfile.ConfigFile
	DaemonHost string
}
