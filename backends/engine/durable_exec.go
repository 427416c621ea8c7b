package engine

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// durableExec starts the command and reads it, in one exec. What goes wrong with the
// line after that is a matter of other readers.
func (e *Engine) durableExec(ctx context.Context, spec *execSpec, s core.Streams) (core.CommandResult, error) {
	if spec.options.Tty || spec.options.AttachStdin || spec.detach {
		return core.CommandResult{}, core.Errorf(core.KindInvalidArgument, "a durable exec has no stdin, no -t and no -d: its output goes to files in the container")
	}
	spec.options.AttachStdin = true
	spec.options.Cmd = append([]string{"sh", "-c", durableRun, "sh", spec.mark}, spec.options.Cmd...)
	created, err := e.createExec(ctx, spec.container, spec.options)
	if err != nil {
		return core.CommandResult{}, err
	}
	spec.engineID = created.ID
	target := spec.target()
	s.Emit(core.StartedEvent{Event: "started", ContainerID: spec.container, ExecID: target.id()})
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	result, done, err := e.readDurable(ctx, spec, target.mark, out, errOut)
	if !done && (err == nil || session.EngineLost(err)) && ctx.Err() == nil {
		// Where the connection was lost it may have been started: the next reader finds out.
		result, err = e.followDurable(ctx, target, out, errOut, session.EngineLost(err))
	}
	if err != nil && core.KindOf(err) != core.KindInvalidArgument && !session.EngineLost(err) && !closedUnder(ctx) {
		err = e.endExec(ctx, spec, err)
		_ = e.removeDurable(ctx, target)
	}
	return result, leftDurable(ctx, err, target.id())
}

// leftDurable says of a durable exec that nobody reads any more how to go on.
func leftDurable(ctx context.Context, err error, id string) error {
	if err != nil && closedUnder(ctx) {
		out := core.Errorf(core.KindClientClosed, "%s; the durable exec goes on, and reattach_exec gives its output", session.ContextError(ctx).Message)
		return out.With("exec_id", id).With("may_still_run", true)
	}
	if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
		return err
	}
	out := core.Errorf(core.KindConnectionLost, "%s; the durable exec goes on, and reattach_exec gives the rest of its output", cutOff(err))
	out.Err = err
	return out.With("exec_id", id).With("may_still_run", true)
}

// closedUnder reports whether ctx ended because its client, its event loop or the whole
// program did: nobody has cancelled the operation, and a durable exec goes on.
func closedUnder(ctx context.Context) bool {
	return core.KindOf(context.Cause(ctx)) == core.KindClientClosed
}

// cutOff is what a lost connection's error says before it speaks of this client's reader.
func cutOff(err error) string {
	text, _, _ := strings.Cut(session.EngineMessage(err), "; the process")
	return text
}

// ReattachExec implements core.Execs.
func (e *Engine) ReattachExec(ctx context.Context, req core.ReattachExecRequest, s core.Streams) (result core.CommandResult, err error) {
	target, invalid := parseExecID(req.Container, req.ExecID)
	if invalid == nil && (req.StdoutFrom < 0 || req.StderrFrom < 0) {
		invalid = core.Errorf(core.KindInvalidArgument, "a position in the output is not negative")
	}
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Timeout: req.TimeoutSeconds, Long: true}, func(ctx context.Context) error {
		target.container = req.Container
		result, err = e.reattachExec(ctx, req, target, s)
		return err
	})
	return result, err
}

func (e *Engine) reattachExec(ctx context.Context, req core.ReattachExecRequest, target execTarget, s core.Streams) (core.CommandResult, error) {
	defer e.outputs.add(ctx, attachedOutput{name: req.Container, mark: target.mark, durable: true}, s)()
	out, errOut := streams.NewCounter(s.Stdout), streams.NewCounter(s.Stderr)
	out.StartAt(req.StdoutFrom)
	errOut.StartAt(req.StderrFrom)
	s.Emit(core.StartedEvent{Event: "started", ContainerID: req.Container, ExecID: req.ExecID})
	result, err := e.followDurable(ctx, target, out, errOut, false)
	result.ContainerID, result.ExecID = req.Container, req.ExecID
	return result, leftDurable(ctx, err, req.ExecID)
}

// followDurable delivers an exec's output from the counted positions, through lost
// lines. takeOver is for an exec whose first reader was this client's.
func (e *Engine) followDurable(ctx context.Context, of execTarget, out, errOut *streams.Counter, takeOver bool) (result core.CommandResult, err error) {
	early := 0
	again := e.throughLosses(ctx, func() error {
		for {
			spec := scriptExec(of, durableRead, strconv.Itoa(durableTries),
				strconv.FormatInt(out.Done(), 10), strconv.FormatInt(errOut.Done(), 10), strconv.FormatBool(takeOver))
			created, err := e.createExec(ctx, of.container, spec.options)
			if err != nil {
				return err
			}
			spec.engineID = created.ID
			var done bool
			result, done, err = e.readDurable(ctx, spec, of.mark, out, errOut)
			if done {
				return err
			}
			if err != nil {
				return e.endExec(ctx, spec, err) // the reader; the command goes on
			}
			// Another reader has removed the files, which the next one sees, or this one was killed.
			if early++; early == maxEarlyEnds {
				return core.Errorf(core.KindEngineError, "the reader of the durable exec %s in container %s was ended %d times before it had read everything", of.mark, of.container, early)
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

// readDurable starts a reader's exec and sees it through. done reports that all output
// arrived and the result counts.
func (e *Engine) readDurable(ctx context.Context, spec *execSpec, mark string, out, errOut *streams.Counter) (result core.CommandResult, done bool, err error) {
	execID := spec.engineID
	stream, err := e.startAttached(ctx, spec, execID, false)
	if err != nil {
		return result, false, err
	}
	defer stream.Close()
	filter := streams.NewFailureFilter(out)
	reading := newDurableReading(mark, filter, errOut)
	var stderr io.Writer = reading.err
	watch := streams.WatchArguments(spec.options.Cmd, stderr)
	if watch != nil {
		stderr = watch
	}
	defer reading.close()
	spec.place.LeaveSoon(func() bool { return e.execStarted(ctx, execID) })
	watched, stream, stop := e.watchExec(ctx, stream, spec.target())
	defer stop()
	err = streams.Pump(watched, stream, false, core.Streams{Stdin: reading, Stdout: reading.out, Stderr: stderr})
	code, done := reading.ended()
	if done {
		if err != nil { // its word to the container may not have arrived
			of := spec.target()
			of.mark = mark
			_ = e.removeDurable(ctx, of)
		}
		return core.CommandResult{ExitCode: code}, true, filter.Flush()
	}
	if err != nil {
		return result, false, err
	}
	info, err := e.execEnd(ctx, execID)
	held := filter.Text()
	switch {
	case err != nil:
		return result, false, e.unlessForgotten(ctx, spec, err)
	case failed(info) && strings.Contains(held, `"sh"`):
		return result, false, core.Errorf(core.KindInvalidArgument, "a durable exec needs sh in the container, and %s has none: %s", spec.container, held)
	case failed(info) && held != "":
		result, err = execFailure(held, info.ExitCode, errOut)
		return result, err == nil, err
	case watch.Refused(info.ExitCode):
		return result, false, argumentsTooLong()
	case info.ExitCode == durableNowhere:
		return result, false, core.Errorf(core.KindEngineError, "a durable exec keeps its output in /tmp, /dev/shm or /var/tmp, and none of them can be written to in %s", spec.container)
	case info.ExitCode == durableNone:
		return result, false, core.Errorf(core.KindNotFound, "container %s has no durable exec %s: it was read to its end before, or did not begin", spec.container, mark)
	}
	return result, false, filter.Flush()
}

// Exit codes of the scripts.
const (
	durableNone    = 3   // no folder of this exec
	durableNowhere = 125 // no folder can be made
)

// throughLosses repeats do, which is idempotent, while the connection is lost in it and the
// engine answers again in time.
func (e *Engine) throughLosses(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !session.EngineLost(err) {
			return err
		}
		if goesOn(err) { // the engine was waited for already, to end the reader there
			return err
		}
		if again := e.session.AwaitEngine(ctx); again != nil {
			return session.NotBack(ctx, err, again)
		}
	}
}

// removeDurable removes an exec's files, although ctx may have ended.
func (e *Engine) removeDurable(ctx context.Context, of execTarget) error {
	return e.session.CleanUp(ctx, func(ctx context.Context) error {
		_, err := e.runExec(ctx, scriptExec(of, durableRemove), core.Streams{})
		return err
	})
}

// scriptExec is an exec of this client's own for a durable exec, with the rights of that.
func scriptExec(of execTarget, script string, args ...string) *execSpec {
	spec := &execSpec{container: of.container, mark: newMark()}
	spec.options = container.ExecOptions{
		User: of.rights.user, Privileged: of.rights.privileged, Cmd: append([]string{"sh", "-c", script, "sh", of.mark}, args...),
		AttachStdin: true, AttachStdout: true, AttachStderr: true, Env: []string{execMark + "=" + spec.mark},
	}
	return spec
}
