package execs

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// RunDurable starts the command and reads it, in one exec. If the connection is lost after
// that, other readers continue.
func (x *Execs) RunDurable(ctx context.Context, spec *Exec, s core.Streams) (core.CommandResult, error) {
	if spec.Options.Tty || spec.Options.AttachStdin || spec.Detach {
		return core.CommandResult{}, core.Errorf(core.KindInvalidArgument, "a durable exec has no stdin, no -t and no -d: its output goes to files in the container")
	}
	spec.Options.AttachStdin = true
	spec.Options.Cmd = append([]string{"sh", "-c", durableRun, "sh", spec.Mark}, spec.Options.Cmd...)
	created, err := x.create(ctx, spec.Container, spec.Options)
	if err != nil {
		return core.CommandResult{}, err
	}
	spec.EngineID = created.ID
	target := spec.Target()
	s.Emit(core.StartedEvent{Event: "started", ContainerID: spec.Container, ExecID: target.ID()})
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	result, done, err := x.readDurable(ctx, spec, target, out, errOut)
	if !done && (err == nil || session.EngineLost(err)) && ctx.Err() == nil {
		// If the connection was lost, it may have been started: the next reader finds out.
		result, err = x.followDurable(ctx, target, out, errOut, session.EngineLost(err))
	}
	if err != nil && core.KindOf(err) != core.KindInvalidArgument && !session.EngineLost(err) && !closedUnder(ctx) {
		err = x.End(ctx, spec, err)
		_ = x.removeDurable(ctx, target)
	}
	return result, leftDurable(ctx, err, target.ID())
}

// leftDurable adds to an error how to continue reading a durable exec.
func leftDurable(ctx context.Context, err error, id string) error {
	if err != nil && closedUnder(ctx) {
		out := core.Errorf(core.KindClientClosed, "%s; the durable exec keeps running, and reattach_exec reads its output", core.ContextError(ctx, "").Message)
		return out.With("exec_id", id).With("may_still_run", true)
	}
	if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
		return err
	}
	out := core.Errorf(core.KindConnectionLost, "%s; the durable exec keeps running, and reattach_exec reads the rest of its output", cutOff(err))
	out.Err = err
	return out.With("exec_id", id).With("may_still_run", true)
}

// closedUnder reports whether ctx ended because its client, its event loop or the whole
// program did: nobody has cancelled the operation, and a durable exec keeps running.
func closedUnder(ctx context.Context) bool {
	return core.KindOf(context.Cause(ctx)) == core.KindClientClosed
}

// cutOff returns why an output was cut off, without what became of this client's reader.
func cutOff(err error) string {
	var lost *lostOutput
	if errors.As(err, &lost) {
		err = lost.cause
	}
	return session.EngineMessage(err)
}

// Reattach delivers the output of a durable exec from the positions of the request on.
func (x *Execs) Reattach(ctx context.Context, req core.ReattachExecRequest, target Target, s core.Streams) (core.CommandResult, error) {
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	out.StartAt(req.StdoutFrom)
	errOut.StartAt(req.StderrFrom)
	s.Emit(core.StartedEvent{Event: "started", ContainerID: req.Container, ExecID: req.ExecID})
	result, err := x.followDurable(ctx, target, out, errOut, false)
	result.ContainerID, result.ExecID = req.Container, req.ExecID
	return result, leftDurable(ctx, err, req.ExecID)
}

// followDurable delivers an exec's output from the counted positions, through lost
// connections. takeOver is for an exec whose first reader was this client's.
func (x *Execs) followDurable(ctx context.Context, of Target, out, errOut *streams.Counter, takeOver bool) (result core.CommandResult, err error) {
	early, begun, tries := 0, false, durableTries
	again := x.throughLosses(ctx, func() error {
		for {
			reader := script(of, durableRead, strconv.Itoa(tries),
				strconv.FormatInt(out.Done(), 10), strconv.FormatInt(errOut.Done(), 10), strconv.FormatBool(takeOver))
			created, err := x.create(ctx, of.Container, reader.Options)
			if err != nil {
				return err
			}
			reader.EngineID = created.ID
			var done bool
			result, done, err = x.readDurable(ctx, reader, of, out, errOut)
			if done {
				return err
			}
			if errors.Is(err, errNoFiles) && !begun {
				begun, tries = x.begun(ctx, of) // on a busy machine it may take longer than the reader waits
				continue
			}
			if err != nil {
				return x.End(ctx, reader, err) // the command keeps running
			}
			// Another reader has removed the files, which the next one sees, or this one was killed.
			if early++; early == maxEarlyEnds {
				return core.Errorf(core.KindEngineError, "the reader of the durable exec %s in container %s was ended %d times before it had read everything", of.Mark, of.Container, early)
			}
		}
	})
	return result, again
}

// maxEarlyEnds is how many readers of one exec may end by themselves before its end.
const maxEarlyEnds = 3

// durableTries is how often a reader looks for an exec that may not have begun, with
// pauses of 0.1 s.
const durableTries = 50

// begun reports whether an exec whose files are not there has begun, or never will: then they
// are looked for once more, so many times.
func (x *Execs) begun(ctx context.Context, of Target) (begun bool, tries int) {
	info, err := x.api.ContainerExecInspect(ctx, of.EngineID)
	switch {
	case err != nil, !info.Running && !neverStarted(info): // it has ended
		return true, 1
	case info.Running && info.Pid == 0: // the engine is starting it
		return false, durableTries
	}
	return true, durableTries
}

// errNoFiles is the cause of an error about a durable exec that has no files.
var errNoFiles = errors.New("no files of this exec")

// readDurable starts the exec of a reader of a durable one, and sees it through. The first
// reader is the durable exec itself; each later one has a mark of its own. done reports that
// all output arrived and the result counts.
func (x *Execs) readDurable(ctx context.Context, reader *Exec, of Target, out, errOut *streams.Counter) (result core.CommandResult, done bool, err error) {
	execID := reader.EngineID
	told := x.exits.expect(execID)
	defer x.exits.forget(execID)
	stream, err := x.startAttached(ctx, reader, execID, false)
	if err != nil {
		return result, false, err
	}
	defer stream.Close()
	filter := streams.NewFailureFilter(out)
	reading := newDurableReading(of.Mark, filter, errOut)
	var stderr io.Writer = reading.err
	watch := streams.WatchArguments(reader.Options.Cmd, stderr)
	if watch != nil {
		stderr = watch
	}
	defer reading.close()
	reader.Place.LeaveSoon(func() bool { return x.started(ctx, execID) })
	watched, stream, stop := x.watch(ctx, stream, reader.Target())
	defer stop()
	err = streams.Pump(watched, stream, false, core.Streams{Stdin: reading, Stdout: reading.out, Stderr: stderr})
	code, done := reading.ended()
	if done {
		stream.Close()
		if err != nil || !x.confirmed(ctx, execID, told) { // the message to the container has not arrived
			_ = x.removeDurable(ctx, of)
		}
		return core.CommandResult{ExitCode: code}, true, filter.Flush()
	}
	if err != nil {
		return result, false, err
	}
	info, err := x.awaitEnd(ctx, execID)
	held := filter.Text()
	switch {
	case err != nil:
		return result, false, x.unlessForgotten(ctx, reader, err)
	case streams.NeverStarted(info) && strings.Contains(held, `"sh"`):
		return result, false, core.Errorf(core.KindInvalidArgument, "a durable exec needs sh in the container, and %s has none: %s", reader.Container, held)
	case streams.NeverStarted(info) && held != "":
		result, err = streams.ExecFailure(held, info.ExitCode, errOut)
		return result, err == nil, err
	case watch.Refused(info.ExitCode):
		return result, false, streams.ArgumentsTooLong()
	case info.ExitCode == durableNowhere:
		return result, false, core.Errorf(core.KindEngineError, "a durable exec keeps its output in /tmp, /dev/shm or /var/tmp, and none of them can be written to in %s", reader.Container)
	case info.ExitCode == durableNone:
		err := core.Errorf(core.KindNotFound, "container %s has no durable exec %s: it was read to its end before, or never began", of.Container, of.Mark)
		err.Err = errNoFiles
		return result, false, err
	}
	return result, false, filter.Flush()
}

// confirmed reports whether a reader in the container was told that everything has arrived: an
// engine that is stopped ends the streams, too, and without an error.
func (x *Execs) confirmed(ctx context.Context, execID string, told <-chan int) bool {
	if code, is := x.exit(ctx, told); is {
		return code == 0
	}
	info, err := x.awaitEnd(ctx, execID)
	return err == nil && info.ExitCode == 0
}

// Exit codes of the scripts.
const (
	durableNone    = 3   // no folder of this exec
	durableNowhere = 125 // no folder can be made
)

// throughLosses repeats do, which is idempotent, while the connection is lost in it and the
// engine answers again in time.
func (x *Execs) throughLosses(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
			return err
		}
		if session.MayStillRun(err) { // the engine was waited for already, to end the reader there
			return err
		}
		if again := x.session.AwaitEngine(ctx); again != nil {
			return session.NotBack(ctx, err, again)
		}
	}
}

// removeDurable removes an exec's files, although ctx may have ended.
func (x *Execs) removeDurable(ctx context.Context, of Target) error {
	return x.session.CleanUp(ctx, func(ctx context.Context) error {
		_, err := x.Run(ctx, script(of, durableRemove), core.Streams{})
		return err
	})
}

// script returns an exec of this client's own for a durable exec, with its rights.
func script(of Target, text string, args ...string) *Exec {
	return Prepare(of.Container, container.ExecOptions{
		User: of.Rights.User, Privileged: of.Rights.Privileged, Cmd: append([]string{"sh", "-c", text, "sh", of.Mark}, args...),
		AttachStdin: true, AttachStdout: true, AttachStderr: true,
	}, false)
}
