package cliopts

import (
	"context"
	"errors"
	"io"

	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/streams"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// dockerCLI is what docker's commands see of this program, and the engine's API that they
// call. It keeps what they would create. It implements only what they use; the embedded
// interfaces are nil.
type dockerCLI struct {
	command.Cli
	config *configfile.ConfigFile
	api    recorder
}

func (c *dockerCLI) Client() client.APIClient           { return &c.api }
func (c *dockerCLI) Out() *streams.Out                  { return streams.NewOut(io.Discard) }
func (c *dockerCLI) Err() *streams.Out                  { return streams.NewOut(io.Discard) }
func (c *dockerCLI) ConfigFile() *configfile.ConfigFile { return c.config }
func (c *dockerCLI) ServerInfo() command.ServerInfo     { return command.ServerInfo{OSType: "linux"} }

// recorder is an engine that creates everything at once and records the request.
type recorder struct {
	client.APIClient
	daemonHost string
	created    Created
	updated    *container.UpdateConfig
}

func (r *recorder) DaemonHost() string { return r.daemonHost }

// ClientVersion returns a version that has every option: docker's command leaves out others.
func (r *recorder) ClientVersion() string { return "1.999" }

func (r *recorder) ContainerCreate(_ context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, _ string) (container.CreateResponse, error) {
	r.created = Created{Config: config, Host: host, Network: net, Platform: platform}
	return container.CreateResponse{ID: "recorded"}, nil
}

func (r *recorder) ContainerUpdate(_ context.Context, _ string, config container.UpdateConfig) (container.UpdateResponse, error) {
	r.updated = &config
	return container.UpdateResponse{}, nil
}

// CopyToContainer records the logins that --use-api-socket puts into the container.
func (r *recorder) CopyToContainer(_ context.Context, _, path string, content io.Reader, _ container.CopyToContainerOptions) (err error) {
	if path != "/" {
		return errors.New("docker's command copies to " + path)
	}
	r.created.Files, err = io.ReadAll(content)
	return err
}
