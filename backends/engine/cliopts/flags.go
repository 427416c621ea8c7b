package cliopts

import (
	"sync"

	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// RunFlags returns the options of docker run, to be read, not to be parsed with.
func RunFlags() *pflag.FlagSet { return runDefinitions().copy() }

// ExecFlags returns the options of docker exec, to be read, not to be parsed with.
func ExecFlags() *pflag.FlagSet { return execDefinitions().copy() }

// definitions are the flags of one of docker's commands. They are made once and never set.
type definitions struct{ flags []*pflag.Flag }

var (
	runDefinitions  = define(newRunCommand)
	execDefinitions = define(newExecCommand)
)

func define(command func() *cobra.Command) func() *definitions {
	return sync.OnceValue(func() *definitions {
		d := &definitions{}
		command().Flags().VisitAll(func(flag *pflag.Flag) { d.flags = append(d.flags, flag) })
		return d
	})
}

// copy makes a set that shares nothing but the values.
func (d *definitions) copy() *pflag.FlagSet {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetInterspersed(false)
	for _, flag := range d.flags {
		clone := *flag
		set.AddFlag(&clone)
	}
	return set
}

// newRunCommand is docker create with the options that docker run has beyond it.
// (docker run itself checks for a terminal and catches signals.)
func newRunCommand() *cobra.Command {
	//lint:ignore SA1019 deprecated without a replacement
	cmd := clicontainer.NewCreateCommand(nil)
	flags := cmd.Flags()
	flags.BoolP("detach", "d", false, "Run container in background and print container ID")
	flags.Bool("sig-proxy", true, "Proxy received signals to the process")
	flags.String("detach-keys", "", "Override the key sequence for detaching a container")
	return cmd
}

func newExecCommand() *cobra.Command {
	//lint:ignore SA1019 deprecated without a replacement
	return clicontainer.NewExecCommand(nil)
}
