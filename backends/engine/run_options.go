package engine

import (
	"context"
	"io"
	"strings"

	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// runSpec is a run as docker's parser understood it, and its container.
type runSpec struct {
	detach, remove, tty bool
	stdin, stdout       bool
	detachKeys          string
	containerID, name   string
	argv                []string
	warnings            []string
	created             bool // the engine was asked
}

// createCommand is docker create with the options that docker run has beyond it.
// (docker run itself checks for a terminal and catches signals.)
func createCommand(cli *commandCLI) *cobra.Command {
	//lint:ignore SA1019 deprecated without a replacement
	cmd := clicontainer.NewCreateCommand(cli)
	flags := cmd.Flags()
	flags.BoolP("detach", "d", false, "")
	flags.Bool("sig-proxy", true, "")
	flags.String("detach-keys", "", "")
	return cmd
}

// createContainer parses the options and creates the container, pulling the image
// where the options say so.
func (e *Engine) createContainer(ctx context.Context, req core.RunRequest, input bool, runID string, event func(any)) (*runSpec, error) {
	argv, err := req.Command.Words(req.Shell)
	if err != nil {
		return nil, err
	}
	if req.Image == "" {
		return nil, core.Errorf(core.KindInvalidArgument, "the image's name is empty")
	}
	if req.Image[0] == '-' {
		return nil, core.Errorf(core.KindInvalidArgument, "%q is no image: options go into options=", req.Image)
	}
	spec := &runSpec{argv: argv}
	creator := &creatingAPI{APIClient: e.api, engine: e, spec: spec, stdin: input, runID: runID}
	cmd := createCommand(&commandCLI{api: creator, config: e.opts.ConfigFile, err: io.Discard})
	defer forgetCompletions(cmd)
	flags := cmd.Flags()
	creator.flags = flags
	environ := e.environ(req.Environ)
	creator.env, creator.envFile = useEnviron(flags, environ)
	if platform := environ.Get("DOCKER_DEFAULT_PLATFORM"); platform != "" {
		_ = flags.Lookup("platform").Value.Set(platform)
	}
	if err := parseOptions(cmd, req.Options); err != nil {
		return nil, err
	}
	if err := e.readRunFlags(ctx, flags, environ, spec); err != nil {
		return nil, err
	}
	if input && spec.detach {
		return nil, inputOfDetached()
	}
	if creator.pulls, err = takePullPolicy(flags, req.Environ, event); err != nil {
		return nil, err
	}
	cmd.SetContext(ctx)
	if err := cmd.RunE(cmd, append([]string{req.Image}, argv...)); err != nil {
		if !creator.asked {
			return nil, hideValues(parserError(err), req.Options)
		}
		return spec, err
	}
	return spec, nil
}

// inputOfDetached is the error about input that nobody would read.
func inputOfDetached() error {
	return core.Errorf(core.KindInvalidArgument, "what runs with -d gets no input from here: leave out stdin or -d")
}

func (e *Engine) readRunFlags(ctx context.Context, flags *pflag.FlagSet, environ core.Environ, spec *runSpec) error {
	spec.detach, _ = flags.GetBool("detach")
	keys, _ := flags.GetString("detach-keys")
	spec.detachKeys = e.detachKeys(keys)
	if environ.Get("DOCKER_CONTENT_TRUST") == "1" && !flags.Changed("disable-content-trust") {
		return core.Errorf(core.KindInvalidArgument, "DOCKER_CONTENT_TRUST is set, and content trust is not supported: unset it, or give --disable-content-trust")
	}
	_ = flags.Set("disable-content-trust", "true")
	if spec.detach && flags.Changed("attach") {
		return core.Errorf(core.KindInvalidArgument, "conflicting options: cannot specify both --attach and --detach")
	}
	return e.checkVersions(ctx, flags)
}

// checkVersions refuses options that the engine's API is too old for, as the CLI does.
func (e *Engine) checkVersions(ctx context.Context, flags *pflag.FlagSet) error {
	var refused *core.Error
	flags.Visit(func(flag *pflag.Flag) {
		needs := flag.Annotations["version"]
		if refused != nil || len(needs) == 0 {
			return
		}
		e.api.NegotiateAPIVersion(ctx)
		if have := e.api.ClientVersion(); versions.LessThan(have, needs[0]) {
			refused = core.Errorf(core.KindInvalidArgument, "--%s needs API version %s, and this engine's is %s: leave it out or use a newer engine", flag.Name, needs[0], have)
		}
	})
	if refused != nil {
		return refused
	}
	return nil
}

// creatingAPI is the engine's API as docker create sees it. It completes the
// container's configuration before the engine gets it.
type creatingAPI struct {
	client.APIClient
	engine  *Engine
	spec    *runSpec
	flags   *pflag.FlagSet
	env     *envValue
	envFile *envFileValue
	stdin   bool
	runID   string
	pulls   pullPolicy
	asked   bool // the engine was asked to pull or create
}

func (a *creatingAPI) DaemonHost() string { return a.engine.opts.DaemonHost }

func (a *creatingAPI) ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, net *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error) {
	a.asked = true
	config.Env = append(append(a.envFile.lines, config.Env...), a.env.unset...)
	if a.stdin {
		config.OpenStdin, config.AttachStdin, config.StdinOnce = true, true, true
	}
	spec := a.spec
	spec.remove = host.AutoRemove
	if spec.detach {
		config.AttachStdin, config.AttachStdout, config.AttachStderr, config.StdinOnce = false, false, false, false
	} else {
		// With AutoRemove the log would vanish with the container, and with it the
		// way to find the rest of the output after a lost connection.
		host.AutoRemove = false
		if a.engine.opts.ExactLogs && host.LogConfig.Type == "" && len(host.LogConfig.Config) == 0 {
			host.LogConfig = a.engine.exactLog()
		}
	}
	config.Labels = a.engine.labelsFor(a.runID, !spec.detach, spec.remove && !spec.detach, config.Labels)
	spec.tty, spec.stdin = config.Tty, config.AttachStdin
	spec.stdout = config.AttachStdout || config.AttachStderr

	response, err := a.pulls.creating(ctx, a.engine, config.Image, func() (container.CreateResponse, error) {
		long, cancel := session.Outlive(ctx)
		defer cancel()
		return a.engine.createOnce(long, a.runID, func(ctx context.Context) (container.CreateResponse, error) {
			return a.APIClient.ContainerCreate(ctx, config, host, net, platform, name)
		})
	})
	spec.created = spec.created || err == nil
	spec.containerID, spec.name = response.ID, name
	spec.warnings = append(spec.warnings, response.Warnings...)
	return response, err
}

// parserError takes off what docker's command adds for a person at a terminal.
func parserError(err error) error {
	if core.KindOf(err) != "" {
		return err
	}
	return &core.Error{Kind: core.KindInvalidArgument, Message: trimHelp(err.Error()), Err: err}
}

func trimHelp(message string) string {
	message, _, _ = strings.Cut(message, "\n\nRun 'docker")
	return strings.TrimPrefix(message, "docker: ")
}
