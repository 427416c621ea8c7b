package execs

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

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// Variable is the variable that marks an exec's process and all its children, since
// the engine has no call to end an exec.
const Variable = "ML_NEXUS_GO_EXEC"

// Exec is an exec as parsed by docker's parser.
type Exec struct {
	Container string
	EngineID  string // once it was created
	Mark      string // of its process and that process's children
	Options   container.ExecOptions
	Detach    bool
	// Interactive reports whether the caller's options ask for an input (-i).
	Interactive bool
	Place       *session.StartPlace // nil for this client's own scripts
}

// Target returns what is needed to signal or read the exec.
func (s *Exec) Target() Target {
	return Target{s.Container, s.EngineID, s.Mark, Rights{s.Options.User, s.Options.Privileged}}
}

// Run starts an exec and sees it through. A process that must not keep running is ended.
func (x *Execs) Run(ctx context.Context, spec *Exec, s core.Streams) (core.CommandResult, error) {
	created, err := x.create(ctx, spec.Container, spec.Options)
	if err != nil {
		return core.CommandResult{}, err
	}
	spec.EngineID = created.ID
	started := core.StartedEvent{Event: "started", ContainerID: spec.Container, ExecID: spec.Target().ID(), TTY: spec.Options.Tty}
	if spec.Detach {
		err := x.startDetached(ctx, created.ID, spec.Options.Tty)
		if code := streams.StartFailureCode(err); code != 0 {
			return streams.ExecFailure(session.EngineMessage(err), code, s.Stderr)
		}
		if err == nil && ctx.Err() != nil { // nobody would get its ID
			err = x.End(ctx, spec, core.ContextError(ctx, ""))
		}
		if err == nil {
			s.Emit(started)
		}
		return core.CommandResult{Detached: true}, err
	}
	began, code := time.Now(), x.exits.expect(created.ID)
	defer x.exits.forget(created.ID)
	stream, err := x.startAttached(ctx, spec, created.ID, spec.Options.Tty)
	if err != nil {
		if ctx.Err() != nil || session.EngineLost(err) {
			err = x.End(ctx, spec, err)
		}
		return core.CommandResult{}, err
	}
	defer stream.Close()
	spec.Place.LeaveSoon(func() bool { return x.started(ctx, created.ID) })
	s.Emit(started)
	s.Stdin = streams.TerminalInput(s, spec.Options.Tty, spec.Options.AttachStdin)
	result, err := x.toEnd(ctx, stream, code, spec, s)
	if err == nil {
		x.missing.noticed(spec.Container, began)
	}
	if err != nil && core.KindOf(err) != core.KindInvalidArgument && !errors.Is(err, errEndLost) {
		err = x.End(ctx, spec, err)
	}
	return result, err
}

// create creates an exec. One whose answer was lost is never started: the engine
// forgets it.
func (x *Execs) create(ctx context.Context, name string, options container.ExecOptions) (created container.ExecCreateResponse, err error) {
	err = x.session.Retry(ctx, func(ctx context.Context) error {
		created, err = x.api.ContainerExecCreate(ctx, name, options)
		return err
	})
	return created, err
}

// startAttached starts an exec. The engine starts none twice; a start without an answer is
// repeated only if the engine says that the exec was not started.
func (x *Execs) startAttached(ctx context.Context, spec *Exec, id string, tty bool) (stream types.HijackedResponse, err error) {
	err = x.session.Once(ctx, func(ctx context.Context) error {
		stream, err = session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
			return x.api.ContainerExecAttach(ctx, id, container.ExecStartOptions{Tty: tty})
		})
		return err
	}, func(ctx context.Context) (bool, error) {
		if info, err := x.api.ContainerExecInspect(ctx, id); err != nil || !neverStarted(info) {
			return false, err
		}
		stream, err = session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
			return x.api.ContainerExecAttach(ctx, id, container.ExecStartOptions{Tty: tty})
		})
		return true, err
	})
	return stream, x.unlessForgotten(ctx, spec, err)
}

// startDetached starts an exec without its streams. Once sent, the start is awaited, so that
// the caller knows whether it runs.
func (x *Execs) startDetached(ctx context.Context, id string, tty bool) error {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	start := func(ctx context.Context) error {
		return x.api.ContainerExecStart(ctx, id, container.ExecStartOptions{Detach: true, Tty: tty})
	}
	return x.session.Once(long, start, func(ctx context.Context) (bool, error) {
		info, err := x.api.ContainerExecInspect(ctx, id)
		if err == nil && neverStarted(info) {
			err = start(ctx)
		}
		return err == nil, err
	})
}

// started reports whether an exec's process was started by now. It may have ended.
func (x *Execs) started(ctx context.Context, id string) bool {
	info, err := x.api.ContainerExecInspect(ctx, id)
	return err != nil || info.Pid != 0 || !info.Running
}

func neverStarted(info container.ExecInspect) bool {
	return !info.Running && info.Pid == 0 && info.ExitCode == 0
}

// toEnd moves the streams until the process has ended, and returns its exit code.
func (x *Execs) toEnd(ctx context.Context, stream types.HijackedResponse, code <-chan int, spec *Exec, s core.Streams) (core.CommandResult, error) {
	if s.Stdout == nil {
		s.Stdout = io.Discard
	}
	filter := streams.NewFailureFilter(s.Stdout)
	s.Stdout = filter
	watch := streams.WatchArguments(spec.Options.Cmd, s.Stderr)
	if watch != nil {
		s.Stderr = watch
	}
	watched, stream, stop := x.watch(ctx, stream, spec.Target())
	defer stop()
	if err := streams.Pump(watched, stream, spec.Options.Tty, s); err != nil {
		_ = filter.Flush()
		return core.CommandResult{}, err
	}
	if code, is := x.exit(ctx, code); is && filter.Text() == "" && !watch.Refused(code) {
		return core.CommandResult{ExitCode: code}, nil
	}
	info, err := x.awaitEnd(ctx, spec.EngineID)
	if err != nil {
		_ = filter.Flush()
		return core.CommandResult{}, x.unlessForgotten(ctx, spec, err)
	}
	if streams.NeverStarted(info) && filter.Text() != "" {
		return streams.ExecFailure(filter.Text(), info.ExitCode, s.Stderr)
	}
	if watch.Refused(info.ExitCode) {
		return core.CommandResult{}, streams.ArgumentsTooLong()
	}
	return core.CommandResult{ExitCode: info.ExitCode}, filter.Flush()
}

// awaitEnd asks how an exec ended whose streams have ended, through lost connections.
func (x *Execs) awaitEnd(ctx context.Context, execID string) (info container.ExecInspect, err error) {
	err = x.session.Retry(ctx, func(ctx context.Context) error {
		info, err = x.askEnd(ctx, execID)
		return err
	})
	return info, err
}

// askEnd waits, through the engine's events, for a process that closed its streams but keeps
// running.
func (x *Execs) askEnd(ctx context.Context, execID string) (container.ExecInspect, error) {
	info, err := x.api.ContainerExecInspect(ctx, execID)
	if err != nil || !info.Running {
		return info, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, failed := x.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("container", info.ContainerID),
		filters.Arg("event", string(events.ActionExecDie)), filters.Arg("event", string(events.ActionDie)),
	)})
	for {
		// Asked after the subscription, so that no end falls between the two.
		info, err := x.api.ContainerExecInspect(ctx, execID)
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

// Prepare returns an exec with a mark of its own.
func Prepare(name string, options container.ExecOptions, detach bool) *Exec {
	x := &Exec{Container: name, Mark: uuid.NewString(), Options: options, Detach: detach}
	x.Options.Env = append(x.Options.Env, Variable+"="+x.Mark)
	return x
}
