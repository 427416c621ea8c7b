package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// execMark is the variable that marks an exec's process and all its children, since
// the engine has no call to end an exec.
const execMark = "ML_NEXUS_GO_EXEC"

// execSpec is an exec as docker's parser understood it.
type execSpec struct {
	container   string
	engineID    string // once it was created
	mark        string
	options     container.ExecOptions
	detach      bool
	interactive bool                // as its options say
	place       *session.StartPlace // in the gate; nil for this client's own scripts
}

func (s *execSpec) target() execTarget {
	return execTarget{s.container, s.engineID, s.mark, execRights{s.options.User, s.options.Privileged}}
}

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

func (e *Engine) execParsed(ctx context.Context, req core.ExecRequest, spec *execSpec, s core.Streams) (result core.CommandResult, err error) {
	spec.place, err = e.session.EnterStart(ctx)
	if err != nil {
		return core.CommandResult{}, err
	}
	defer spec.place.Leave()
	if req.StdinByOptions {
		s = s.StdinByOptions(spec.interactive)
	}
	defer e.outputs.add(ctx, attachedOutput{name: spec.container, mark: spec.mark, durable: req.Durable}, s)()
	run := e.runExec
	if req.Durable {
		run = e.durableExec
	}
	result, err = run(ctx, spec, s)
	result.ContainerID, result.ExecID = req.Container, spec.target().id()
	return result, err
}

func (e *Engine) runExec(ctx context.Context, spec *execSpec, s core.Streams) (core.CommandResult, error) {
	created, err := e.createExec(ctx, spec.container, spec.options)
	if err != nil {
		return core.CommandResult{}, err
	}
	spec.engineID = created.ID
	started := core.StartedEvent{Event: "started", ContainerID: spec.container, ExecID: spec.target().id(), TTY: spec.options.Tty}
	if spec.detach {
		err := e.startDetached(ctx, created.ID, spec.options.Tty)
		if code := startFailureCode(err); code != 0 {
			return execFailure(session.EngineMessage(err), code, s.Stderr)
		}
		if err == nil && ctx.Err() != nil { // nobody would learn its ID
			err = e.endExec(ctx, spec, session.ContextError(ctx))
		}
		if err == nil {
			s.Emit(started)
		}
		return core.CommandResult{Detached: true}, err
	}
	stream, err := e.startAttached(ctx, spec, created.ID, spec.options.Tty)
	if err != nil {
		if ctx.Err() != nil || session.EngineLost(err) {
			err = e.endExec(ctx, spec, err)
		}
		return core.CommandResult{}, err
	}
	defer stream.Close()
	spec.place.LeaveSoon(func() bool { return e.execStarted(ctx, created.ID) })
	s.Emit(started)
	s.Stdin = streams.TerminalInput(s, spec.options.Tty, spec.options.AttachStdin)
	result, err := e.execToEnd(ctx, stream, created.ID, spec, s)
	if err != nil && core.KindOf(err) != core.KindInvalidArgument && !errors.Is(err, errEndLost) {
		err = e.endExec(ctx, spec, err)
	}
	return result, err
}

// createExec makes an exec. One whose answer was lost is never started: the engine
// forgets it.
func (e *Engine) createExec(ctx context.Context, name string, options container.ExecOptions) (created container.ExecCreateResponse, err error) {
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		created, err = e.api.ContainerExecCreate(ctx, name, options)
		return err
	})
	return created, err
}

// startAttached starts an exec. The engine starts none twice; one whose start had no
// answer is asked for again only where the engine says that it was not started.
func (e *Engine) startAttached(ctx context.Context, spec *execSpec, id string, tty bool) (stream types.HijackedResponse, err error) {
	err = e.session.Once(ctx, func(ctx context.Context) error {
		stream, err = session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
			return e.api.ContainerExecAttach(ctx, id, container.ExecStartOptions{Tty: tty})
		})
		return err
	}, func(ctx context.Context) (bool, error) {
		if info, err := e.api.ContainerExecInspect(ctx, id); err != nil || !neverStarted(info) {
			return false, err
		}
		stream, err = session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
			return e.api.ContainerExecAttach(ctx, id, container.ExecStartOptions{Tty: tty})
		})
		return true, err
	})
	return stream, e.unlessForgotten(ctx, spec, err)
}

// startDetached starts an exec without its streams. Once begun it is seen through, so
// that the caller knows whether it runs.
func (e *Engine) startDetached(ctx context.Context, id string, tty bool) error {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	start := func(ctx context.Context) error {
		return e.api.ContainerExecStart(ctx, id, container.ExecStartOptions{Detach: true, Tty: tty})
	}
	return e.session.Once(long, start, func(ctx context.Context) (bool, error) {
		info, err := e.api.ContainerExecInspect(ctx, id)
		if err == nil && neverStarted(info) {
			err = start(ctx)
		}
		return err == nil, err
	})
}

// execStarted reports whether an exec's process was started by now. It may have ended.
func (e *Engine) execStarted(ctx context.Context, id string) bool {
	info, err := e.api.ContainerExecInspect(ctx, id)
	return err != nil || info.Pid != 0 || !info.Running
}

func neverStarted(info container.ExecInspect) bool {
	return !info.Running && info.Pid == 0 && info.ExitCode == 0
}

// execToEnd moves the streams until the process ended, and gives its exit code.
func (e *Engine) execToEnd(ctx context.Context, stream types.HijackedResponse, id string, spec *execSpec, s core.Streams) (core.CommandResult, error) {
	if s.Stdout == nil {
		s.Stdout = io.Discard
	}
	filter := streams.NewFailureFilter(s.Stdout)
	s.Stdout = filter
	watch := streams.WatchArguments(spec.options.Cmd, s.Stderr)
	if watch != nil {
		s.Stderr = watch
	}
	watched, stream, stop := e.watchExec(ctx, stream, spec.target())
	defer stop()
	if err := streams.Pump(watched, stream, spec.options.Tty, s); err != nil {
		stream.Close() // what the process still writes would keep the exec alive
		_ = filter.Flush()
		return core.CommandResult{}, err
	}
	info, err := e.execEnd(ctx, id)
	if err != nil {
		_ = filter.Flush()
		return core.CommandResult{}, e.unlessForgotten(ctx, spec, err)
	}
	if failed(info) && filter.Text() != "" {
		return execFailure(filter.Text(), info.ExitCode, s.Stderr)
	}
	if watch.Refused(info.ExitCode) {
		return core.CommandResult{}, argumentsTooLong()
	}
	return core.CommandResult{ExitCode: info.ExitCode}, filter.Flush()
}

// execEnd asks how an exec ended whose streams have ended, through lost connections.
func (e *Engine) execEnd(ctx context.Context, execID string) (info container.ExecInspect, err error) {
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		info, err = e.askExecEnd(ctx, execID)
		return err
	})
	return info, err
}

// askExecEnd waits by the engine's events for a process that closed its streams and goes on.
func (e *Engine) askExecEnd(ctx context.Context, execID string) (container.ExecInspect, error) {
	info, err := e.api.ContainerExecInspect(ctx, execID)
	if err != nil || !info.Running {
		return info, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, failed := e.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("container", info.ContainerID),
		filters.Arg("event", string(events.ActionExecDie)), filters.Arg("event", string(events.ActionDie)),
	)})
	for {
		// Asked after the subscription, so that no end falls between the two.
		info, err := e.api.ContainerExecInspect(ctx, execID)
		if err != nil || !info.Running {
			return info, err
		}
		select {
		case <-messages:
		case err := <-failed:
			return info, err
		case <-time.After(execPoll):
			// Engines before 23 send exec_die a moment before the state changes.
		}
	}
}

const execPoll = time.Second

func newMark() string { return uuid.NewString() }

// parseExec parses the options without asking the engine.
func (e *Engine) parseExec(req core.ExecRequest, input bool) (*execSpec, error) {
	name, err := core.ContainerName(req.Container)
	if err != nil {
		return nil, err
	}
	argv, err := req.Command.Words(req.Shell)
	if err != nil {
		return nil, err
	}
	if len(argv) == 0 || argv[0] == "" {
		return nil, core.Errorf(core.KindInvalidArgument, "exec needs a command, and it is empty")
	}
	exec, err := cliopts.ParseExec(e.optionsInput(req.Options, req.Environ))
	if err != nil {
		return nil, err
	}
	if input && exec.Detach {
		return nil, inputOfDetached()
	}
	spec := &execSpec{container: name, mark: newMark(), options: exec.Options, detach: exec.Detach, interactive: exec.Options.AttachStdin}
	o := &spec.options
	o.Cmd, o.AttachStdin = argv, o.AttachStdin || input
	o.Env = append(o.Env, execMark+"="+spec.mark)
	return spec, nil
}
