package cliopts

import (
	"context"

	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/docker/docker/api/types/container"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

var updateCommands = newLender(newUpdateCommand)

func newUpdateCommand(cli *dockerCLI) *cobra.Command {
	//lint:ignore SA1019 deprecated without a replacement
	return clicontainer.NewUpdateCommand(cli)
}

// UpdateFlags returns the options of docker update, as RunFlags does.
func UpdateFlags() *pflag.FlagSet { return updateCommands.definitions() }

// Update is the options of a docker update as docker's parser understood them.
type Update struct {
	Config container.UpdateConfig
	Needs  []Need
}

// ParseUpdate parses the options of an update, at least one. Its errors are InvalidArgument.
func ParseUpdate(options []string) (*Update, error) {
	update, err := parseUpdate(options)
	if err != nil {
		return nil, HideValues(parserError(err), options)
	}
	return update, nil
}

func parseUpdate(options []string) (*Update, error) {
	docker := updateCommands.borrow()
	defer docker.giveBack()
	flags := docker.cmd.Flags()
	if err := parseWords(flags, options); err != nil {
		return nil, err
	}
	if flags.NFlag() == 0 {
		return nil, core.Errorf(core.KindInvalidArgument, "no option says what to change: give --memory or --cpus, for example")
	}
	docker.cmd.SetContext(context.Background())
	if err := docker.cmd.RunE(docker.cmd, []string{"recorded"}); err != nil {
		return nil, err
	}
	config := docker.cli.api.updated
	if config == nil {
		return nil, core.Errorf(core.KindInternalError, "docker's command updated no container")
	}
	config.PidsLimit = copied(config.PidsLimit) // it points into the command's values
	return &Update{Config: *config, Needs: needs(flags)}, nil
}
