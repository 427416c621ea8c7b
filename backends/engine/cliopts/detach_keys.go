package cliopts

import "github.com/docker/cli/cli/config/configfile"

// noDetachKeys replace docker's ctrl-p ctrl-q, which are text here: input is seldom typed
// by a person, and detaching loses the output. Engines have no way to say "none", so these
// are eight characters that no input contains in this order.
const noDetachKeys = `ctrl-^,ctrl-_,ctrl-\,ctrl-],ctrl-^,ctrl-\,ctrl-_,ctrl-]`

// detachKeys returns those of the options, else those of docker's config file, else none.
func detachKeys(option string, config *configfile.ConfigFile) string {
	switch {
	case option != "":
		return option
	case config.DetachKeys != "":
		return config.DetachKeys
	}
	return noDetachKeys
}
