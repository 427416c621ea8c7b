package cliopts

import (
	"github.com/docker/cli/cli/config/configfile"
	"github.com/moby/term"

	"github.com/proboscis/ml_nexus_go/core"
)

// noDetachKeys replace docker's ctrl-p ctrl-q, which are text here: input is seldom typed
// by a person, and detaching loses the output. Engines have no way to say "none", so these
// are eight characters that no input contains in this order.
const noDetachKeys = `ctrl-^,ctrl-_,ctrl-\,ctrl-],ctrl-^,ctrl-\,ctrl-_,ctrl-]`

// detachKeys returns those of the options, else those of docker's config file, else none.
func detachKeys(option string, config *configfile.ConfigFile) (string, error) {
	switch {
	case option != "":
		if _, err := term.ToBytes(option); err != nil {
			return "", core.Errorf(core.KindInvalidArgument, "--detach-keys: %q is no sequence of keys, such as ctrl-p,ctrl-q: %w", option, err)
		}
		return option, nil
	case config.DetachKeys != "":
		return config.DetachKeys, nil
	}
	return noDetachKeys, nil
}
