package engine

import (
	"context"

	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/core"
)

// parseRun parses a run's options. With input, its container reads what the caller sends.
func (e *Engine) parseRun(ctx context.Context, req core.RunRequest, input bool) (*cliopts.Run, error) {
	argv, err := req.Command.Words(req.Shell)
	if err != nil {
		return nil, err
	}
	if req.Image == "" {
		return nil, core.Errorf(core.KindInvalidArgument, "the image's name is empty")
	}
	if req.Image[0] == '-' {
		return nil, core.Errorf(core.KindInvalidArgument, "%q is not an image: options go into options=", req.Image)
	}
	run, err := cliopts.ParseRun(e.optionsInput(req.Options, req.Environ), req.Image, argv)
	if err != nil {
		return nil, err
	}
	run.Placing.Reschedule = run.Placing.Reschedule || req.Reschedule
	if err := run.Placing.OfOneEngine(); err != nil {
		return nil, err
	}
	if err := e.checkVersions(ctx, run.Needs); err != nil {
		return nil, err
	}
	if input && run.Detach {
		return nil, inputOfDetached()
	}
	if config := run.Config; input {
		config.OpenStdin, config.AttachStdin, config.StdinOnce = true, true, true
	}
	return run, nil
}

// optionsInput is what docker's parsers read.
func (e *Engine) optionsInput(options []string, environ core.EnvironChanges) cliopts.Input {
	return cliopts.Input{Options: options, Environ: e.environ(environ), Config: e.opts.ConfigFile, DaemonHost: e.opts.DaemonHost}
}

// inputOfDetached returns the error about input that nothing would read.
func inputOfDetached() error {
	return core.Errorf(core.KindInvalidArgument, "a detached process (-d) gets no input from here: leave out stdin or -d")
}

// checkVersions refuses options that the engine's API is too old for, as the CLI does.
func (e *Engine) checkVersions(ctx context.Context, needs []cliopts.Need) error {
	for _, need := range needs {
		e.api.NegotiateAPIVersion(ctx)
		if have := e.api.ClientVersion(); versions.LessThan(have, need.APIVersion) {
			return core.Errorf(core.KindInvalidArgument, "--%s needs API version %s, but this engine's is %s: leave it out or use a newer engine", need.Flag, need.APIVersion, have)
		}
	}
	return nil
}

// platformVersion is the API version that knows a container's platform.
const platformVersion = "1.41"

// complete adds what this client needs to what the container's options say.
func (e *Engine) complete(run *cliopts.Run, runID string, attached bool) {
	config, host := run.Config, run.Host
	config.Labels = e.labelsFor(runID, attached, host.AutoRemove && attached, config.Labels)
	if attached {
		// With AutoRemove the log would vanish with the container, and the rest of the
		// output could not be found after a lost connection.
		host.AutoRemove = false
		if e.opts.ExactLogs && host.LogConfig.Type == "" && len(host.LogConfig.Config) == 0 {
			host.LogConfig = e.exactLog()
		}
	}
	if versions.LessThan(e.api.ClientVersion(), platformVersion) {
		run.Platform = nil
	}
}
