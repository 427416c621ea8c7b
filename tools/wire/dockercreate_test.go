package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/docker/cli/cli/command"
	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/streams"
	"github.com/docker/cli/opts"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// dockerCLI is as much of docker's command as docker create needs. Its API keeps the
// request for a container and sends nothing.
type dockerCLI struct {
	command.Cli
	api *createAPI
}

func (c *dockerCLI) Client() client.APIClient           { return c.api }
func (c *dockerCLI) Out() *streams.Out                  { return streams.NewOut(io.Discard) }
func (c *dockerCLI) Err() *streams.Out                  { return streams.NewOut(io.Discard) }
func (c *dockerCLI) ConfigFile() *configfile.ConfigFile { return configfile.New("") }
func (c *dockerCLI) ServerInfo() command.ServerInfo     { return command.ServerInfo{OSType: "linux"} }

type createAPI struct {
	client.APIClient
	request []any
}

func (a *createAPI) DaemonHost() string    { return "" }
func (a *createAPI) ClientVersion() string { return "1.51" }

func (a *createAPI) ContainerCreate(_ context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error) {
	slices.Sort(config.Env) // docker goes through maps
	slices.Sort(host.Binds)
	a.request = []any{config, host, net, platform, name}
	return container.CreateResponse{}, nil
}

// dockerCreate is docker create, with the flags that docker run has beyond it.
func dockerCreate() (*cobra.Command, *createAPI) {
	api := &createAPI{}
	//lint:ignore SA1019 deprecated without a replacement
	cmd := clicontainer.NewCreateCommand(&dockerCLI{api: api})
	cmd.Flags().BoolP("detach", "d", false, "")
	cmd.Flags().Bool("sig-proxy", true, "")
	cmd.Flags().String("detach-keys", "", "")
	for _, flag := range []string{"constraint", "generic-resource"} { // of docker service create
		list := opts.NewListOpts(nil)
		cmd.Flags().Var(&list, flag, "")
	}
	cmd.SetContext(context.Background())
	return cmd, api
}

// requested is the request that docker create sends for these flags.
func requested(t *testing.T, cmd *cobra.Command, api *createAPI) string {
	t.Helper()
	if err := cmd.RunE(cmd, []string{"image"}); err != nil {
		t.Error(err)
	}
	text, err := json.MarshalIndent(api.request, "", " ")
	if err != nil || api.request == nil {
		t.Fatalf("%v: no request for a container", err)
	}
	return string(text) + "\n"
}

// given lists the flags that were given, with their values.
func given(flags *pflag.FlagSet) string {
	text := ""
	flags.Visit(func(flag *pflag.Flag) {
		value := fmt.Sprintf("%q", flag.Value)
		if list, ok := flag.Value.(interface{ GetSlice() []string }); ok {
			value = fmt.Sprintf("%q", list.GetSlice())
		}
		text += flag.Name + "=" + value + "\n"
	})
	return text
}
