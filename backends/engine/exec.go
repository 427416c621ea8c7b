package engine

import (
	"context"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Exec implements core.Execs.
func (e *Engine) Exec(ctx context.Context, req core.ExecRequest, s core.Streams) (result core.CommandResult, err error) {
	began := time.Now()
	spec, invalid := e.parseExec(req, s.Stdin != nil && !req.StdinByOptions)
	err = e.session.Perform(ctx, session.Operation{Invalid: invalid, Timeout: req.TimeoutSeconds, Long: true}, func(ctx context.Context) error {
		result, err = e.execParsed(ctx, req, spec, s)
		return err
	})
	if result.ContainerID != "" {
		result.Seconds = time.Since(began).Seconds()
	}
	return result, err
}

func (e *Engine) execParsed(ctx context.Context, req core.ExecRequest, spec *execs.Exec, s core.Streams) (result core.CommandResult, err error) {
	spec.Place, err = e.session.EnterStart(ctx)
	if err != nil {
		return core.CommandResult{}, err
	}
	defer spec.Place.Leave()
	if req.StdinByOptions {
		s = s.StdinByOptions(spec.Interactive)
	}
	defer e.outputs.add(ctx, attachedOutput{name: spec.Container, mark: spec.Mark, durable: req.Durable}, s)()
	run := e.execs.Run
	if req.Durable {
		run = e.execs.RunDurable
	}
	result, err = run(ctx, spec, s)
	result.ContainerID, result.ExecID = req.Container, spec.Target().ID()
	return result, err
}

// parseExec parses the options without asking the engine.
func (e *Engine) parseExec(req core.ExecRequest, input bool) (*execs.Exec, error) {
	name, err := core.ContainerName(req.Container)
	if err != nil {
		return nil, err
	}
	argv, err := req.Command.Words(req.Shell)
	if err != nil {
		return nil, err
	}
	if len(argv) == 0 || argv[0] == "" {
		return nil, core.Errorf(core.KindInvalidArgument, "exec needs a command, but it is empty")
	}
	exec, err := cliopts.ParseExec(e.optionsInput(req.Options, req.Environ))
	if err != nil {
		return nil, err
	}
	if input && exec.Detach {
		return nil, inputOfDetached()
	}
	interactive := exec.Options.AttachStdin
	exec.Options.Cmd, exec.Options.AttachStdin = argv, interactive || input
	spec := execs.Prepare(name, exec.Options, exec.Detach)
	spec.Interactive = interactive
	return spec, nil
}
