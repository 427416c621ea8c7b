package cliopts

import "github.com/docker/cli/cli/config/configfile"

// noDetachKeys stand for docker's ctrl-p ctrl-q, which are text here: input is seldom typed
// by a person, and who detaches loses the output. Engines know no word for none, so these
// are eight characters that no input has in this order.
const noDetachKeys = `ctrl-^,ctrl-_,ctrl-\,ctrl-],ctrl-^,ctrl-\,ctrl-_,ctrl-]`

// detachKeys are those of the options, else those of docker's config file, else none.
func detachKeys(option string, config *configfile.ConfigFile) string {
	switch {
	case option != "":
		return option
	case config.DetachKeys != "":
		return config.DetachKeys
	}
	return noDetachKeys
}
