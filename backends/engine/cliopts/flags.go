package cliopts

import (
	"errors"

	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	runCommands  = newLender(newRunCommand)
	execCommands = newLender(newExecCommand)
)

// newRunCommand is docker create with the options that docker run has beyond it.
// (docker run itself checks for a terminal and catches signals.)
func newRunCommand(cli *dockerCLI) *cobra.Command {
	//lint:ignore SA1019 deprecated without a replacement
	cmd := clicontainer.NewCreateCommand(cli)
	flags := cmd.Flags()
	flags.BoolP("detach", "d", false, "Run container in background and print container ID")
	flags.Bool("sig-proxy", true, "Proxy received signals to the process")
	flags.String("detach-keys", "", "Override the key sequence for detaching a container")
	placingFlags(flags)
	// docker took its default from this process's environment.
	platform := flags.Lookup("platform")
	platform.DefValue = ""
	_ = platform.Value.Set("")
	return cmd
}

func newExecCommand(cli *dockerCLI) *cobra.Command {
	//lint:ignore SA1019 deprecated without a replacement
	return clicontainer.NewExecCommand(cli)
}

// RunFlags returns the options of docker run, read-only.
func RunFlags() *pflag.FlagSet { return runCommands.definitions() }

// ExecFlags returns the options of docker exec, as RunFlags does.
func ExecFlags() *pflag.FlagSet { return execCommands.definitions() }

func (l *lender) definitions() *pflag.FlagSet {
	c := l.borrow()
	defer c.giveBack()
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetInterspersed(false)
	set.Usage = func() {}
	for _, known := range c.flags {
		flag := *known.flag
		flag.Value = definition{flag.Value.Type(), flag.DefValue}
		set.AddFlag(&flag)
	}
	return set
}

// definition is a value of which only the type and the default are known.
type definition struct{ kind, initial string }

func (d definition) Type() string     { return d.kind }
func (d definition) String() string   { return d.initial }
func (d definition) Set(string) error { return errors.New("this flag is only a definition") }
