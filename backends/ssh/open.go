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
	files, err := chosenHostFiles(conn, req.HostFiles)
	if err != nil {
		return nil, err
	}
	e, err := engine.New(engine.Options{
		Target:         target.Text,
		Dial:           conn.DialEngine,
		CloseTransport: conn.Close,
		ConfigFile:     config,
		DaemonHost:     target.Text,
		Open:           req,
		ExactLogs:      true,
		HostFiles:      files,
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

// chosenHostFiles gives the files of the machine that SSH leads to; nil goes through the
// engine.
func chosenHostFiles(conn *Connection, wanted string) (core.HostFiles, error) {
	way, err := core.ParseHostFilesWay(wanted)
	switch {
	case err != nil:
		return nil, err
	case way == core.HostFilesByEngine:
		return nil, nil
	case way == core.HostFilesHere:
		return nil, core.Errorf(core.KindInvalidArgument, "host_files is %q, but the engine is on another machine: use auto or engine", wanted)
	}
	return conn.HostFiles(), nil
}
