package ssh

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// Client is an engine behind an SSH connection.
type Client struct {
	core.DockerClient
	conn *Connection
}

// Connection gives what is beyond the engine: SFTP, commands, the state of the line.
func (c *Client) Connection() *Connection { return c.conn }

// Open is a core.Opener for targets of scheme ssh. It uses no network.
func Open(_ context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
	// The settings are those of this machine's user, as with docker's CLI.
	config, err := dockerconfig.Load(dockerconfig.Dir(req.Environ))
	if err != nil {
		return nil, core.Errorf(core.KindOf(err), "%w", err)
	}
	conn := New(OptionsOf(target, req))
	e, err := engine.New(engine.Options{
		Target:         target.Text,
		Dial:           conn.DialEngine,
		CloseTransport: conn.Close,
		ConfigFile:     config,
		DaemonHost:     target.Text,
		Open:           req,
		ExactLogs:      true,
		HostFiles:      conn.HostFiles(),
	})
	if err != nil {
		return nil, err
	}
	client, ok := any(e).(core.DockerClient)
	if !ok {
		return nil, core.Errorf(core.KindInternalError, "the engine backend is not complete")
	}
	return &Client{DockerClient: client, conn: conn}, nil
}
