package ssh

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// Client is an engine behind an SSH connection.
type Client struct {
	*engine.Engine
	host *Host
}

var _ core.DockerClient = (*Client)(nil)

// HostFacts implements core.HostFacts. It also says how streams get to the engine.
func (c *Client) HostFacts(ctx context.Context, req core.HostFactsRequest) (core.HostFactsResult, error) {
	facts, err := c.Engine.HostFacts(ctx, req)
	if known := c.host.route.remembered(); known != nil {
		facts.EngineCommand = known.command
	}
	return facts, err
}

// Open is a core.Opener for targets with scheme ssh. It uses no network.
func Open(_ context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
	// The settings are those of this machine's user, as with docker's CLI.
	config, err := dockerconfig.Load(dockerconfig.Dir(req.Environ))
	if err != nil {
		return nil, core.Errorf(core.KindOf(err), "%w", err)
	}
	host := New(optionsOf(target, req))
	files, err := chosenHostFiles(host, req.HostFiles)
	if err != nil {
		return nil, err
	}
	e, err := engine.New(engine.Options{
		Target:         target.Text,
		Dial:           host.DialEngine,
		CloseTransport: host.Close,
		ConfigFile:     config,
		DaemonHost:     target.Text,
		Open:           req,
		ExactLogs:      true,
		HostFiles:      files,
		HostDial:       host.DialTCP,
		// Any login shell will do: it only starts sh, which reads the script.
		HostShell: func(ctx context.Context, script []byte) ([]byte, []byte, int, error) {
			return host.Output(ctx, "exec sh", script)
		},
	})
	if err != nil {
		return nil, err
	}
	return &Client{e, host}, nil
}

// chosenHostFiles returns the files of the machine that SSH leads to; nil goes through the
// engine.
func chosenHostFiles(host *Host, wanted string) (core.HostFiles, error) {
	way, err := core.ParseHostFilesWay(wanted)
	switch {
	case err != nil:
		return nil, err
	case way == core.HostFilesByEngine:
		return nil, nil
	case way == core.HostFilesHere:
		return nil, core.Errorf(core.KindInvalidArgument, "host_files is %q, but the engine is on another machine: use auto or engine", wanted)
	}
	return host.HostFiles(), nil
}
