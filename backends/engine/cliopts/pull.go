package cliopts

import (
	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// When a run pulls its image.
const (
	PullAlways  = clicontainer.PullImageAlways
	PullMissing = clicontainer.PullImageMissing
	PullNever   = clicontainer.PullImageNever
)

// Pull is docker run's --pull, --platform and --quiet.
type Pull struct {
	When     string // PullAlways, PullMissing, PullNever, or "" for never
	Platform string
	Quiet    bool
}

func readPull(flags *pflag.FlagSet) (Pull, error) {
	pull := Pull{When: text(flags, "pull"), Platform: text(flags, "platform"), Quiet: isSet(flags, "quiet")}
	switch pull.When {
	case PullAlways, PullMissing, PullNever, "":
		return pull, nil
	}
	return pull, core.Errorf(core.KindInvalidArgument, "--pull is %q: it must be always, missing or never", pull.When)
}
