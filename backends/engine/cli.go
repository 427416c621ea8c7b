package engine

import (
	"io"

	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/streams"
	"github.com/docker/docker/client"
)

// commandCLI is what docker/cli's commands see of this program. Only what they use
// is there; the embedded interface is nil.
type commandCLI struct {
	command.Cli
	api    client.APIClient
	config *configfile.ConfigFile
	err    io.Writer
}

func (c *commandCLI) Client() client.APIClient           { return c.api }
func (c *commandCLI) Out() *streams.Out                  { return streams.NewOut(io.Discard) }
func (c *commandCLI) Err() *streams.Out                  { return streams.NewOut(c.err) }
func (c *commandCLI) ConfigFile() *configfile.ConfigFile { return c.config }
func (c *commandCLI) CurrentVersion() string             { return c.api.ClientVersion() }
func (c *commandCLI) ServerInfo() command.ServerInfo     { return command.ServerInfo{OSType: "linux"} }
