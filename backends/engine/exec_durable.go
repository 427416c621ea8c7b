package engine

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// A durable exec outlives the line and the program that began it. A small shell in
// the container runs the command detached, with its output in files; readers follow
// the files by position, and nothing is removed before everything was read.
//
// The scripts need sh, mkdir, mv, rm, sleep and tail in the container. Their first
// argument is the exec's mark, which names its folder.

// durableFolder finds or makes the exec's folder: $dir.
const durableFolder = `
mark=$1 dir=
for base in /tmp /dev/shm /var/tmp; do
  [ -d "$base/.ml_nexus_go/$mark" ] && dir=$base/.ml_nexus_go/$mark && break
done
`

// durableRun runs the command. The exit file appears last, and whole. Signals are for
// the command: the shell has handlers, which a command does not inherit.
const durableRun = `
mark=$1 dir=
shift
for base in /tmp /dev/shm /var/tmp; do
  all=$base/.ml_nexus_go
  mkdir "$all" 2>/dev/null && chmod 1733 "$all"
  (umask 077 && mkdir "$all/$mark") 2>/dev/null && dir=$all/$mark && break
done
[ -n "$dir" ] || exit 125
trap : HUP INT QUIT TERM USR1 USR2 ALRM
: >"$dir/out"
: >"$dir/err"
echo $$ >"$dir/pid"
"$@" >"$dir/out" 2>"$dir/err" </dev/null
echo $? >"$dir/exit.new"
mv "$dir/exit.new" "$dir/exit"
`

// durableFollow sends what appears until the end, from the given positions. What is
// still missing then is fetched by durableRest: a killed tail may not have sent all.
const durableFollow = `
out=$2 err=$3 tries=0
while :; do` + durableFolder + `
  [ -n "$dir" ] && [ -s "$dir/pid" ] && break
  tries=$((tries+1))
  [ $tries -gt 50 ] && exit 3
  sleep 0.1 2>/dev/null || sleep 1
done
tail -c +$((out+1)) -f "$dir/out" & first=$!
tail -c +$((err+1)) -f "$dir/err" >&2 & second=$!
lives() { case $(cat /proc/$(cat "$dir/pid")/cmdline 2>/dev/null) in *"$mark"*) ;; *) return 1;; esac; } 2>/dev/null
while [ ! -e "$dir/exit" ]; do
  tries=$(((tries+1)%20))
  [ $tries -eq 1 ] && ! lives && break
  sleep 0.1 2>/dev/null || sleep 1
done
kill $first $second
wait 2>/dev/null
exit 0
`

const durableRest = durableFolder + `
[ -n "$dir" ] || exit 3
tail -c +$(($2+1)) "$dir/out" && tail -c +$(($3+1)) "$dir/err" >&2
`

const (
	durableStatus = durableFolder + `
[ -n "$dir" ] && cat "$dir/exit" 2>/dev/null || echo killed
`
	durableRemove = durableFolder + `
[ -n "$dir" ] && rm -rf "$dir"
`
)

// durableExec starts the command and follows it.
func (e *Engine) durableExec(ctx context.Context, spec *execSpec, s core.Streams) (core.CommandResult, error) {
	if spec.options.Tty || spec.options.AttachStdin || spec.detach {
		return core.CommandResult{}, core.Errorf(core.KindInvalidArgument, "a durable exec has no stdin, no -t and no -d: its output goes to files in the container")
	}
	user := spec.options
	user.AttachStdout, user.AttachStderr = false, false
	user.Cmd = append([]string{"sh", "-c", durableRun, "sh", spec.mark}, user.Cmd...)
	created, err := e.createExec(ctx, spec.container, user)
	if err != nil {
		return core.CommandResult{}, err
	}
	mark := spec.mark
	spec.mark = created.ID + execIDSeparator + mark
	s.Emit(core.StartedEvent{Event: "started", ContainerID: spec.container, ExecID: spec.mark})
	if err := e.startDetached(ctx, created.ID, false); err != nil && !lostLine(err) {
		return core.CommandResult{}, err
	}
	// Where the line was lost it may have been started: the reader finds out.
	result, err := e.followDurable(ctx, spec.container, mark, &counter{to: s.Stdout}, &counter{to: s.Stderr})
	if err != nil && !lostLine(err) {
		err = e.endExec(ctx, spec, err)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
		defer cancel()
		_, _ = e.durableScript(ctx, spec.container, durableRemove, mark)
	}
	return result, leftDurable(ctx, err, spec.mark)
}

// leftDurable says of a durable exec that nobody reads any more how to go on.
func leftDurable(ctx context.Context, err error, id string) error {
	if err == nil || ctx.Err() != nil || !lostLine(err) {
		return err
	}
	out := core.Errorf(core.KindConnectionLost, "%s; the durable exec goes on, and reattach_exec gives the rest of its output", cutOff(err))
	out.Err = err
	return out.With("exec_id", id).With("may_still_run", true)
}

// cutOff is what a lost line's error says before it speaks of this client's reader.
func cutOff(err error) string {
	text, _, _ := strings.Cut(engineMessage(err), "; the process")
	return text
}

// ReattachExec implements core.Execs.
func (e *Engine) ReattachExec(ctx context.Context, req core.ReattachExecRequest, s core.Streams) (core.CommandResult, error) {
	const op = "reattach_exec"
	ctx, end, err := e.begin(ctx, req.TimeoutSeconds)
	if err != nil {
		return core.CommandResult{}, e.fail(context.Background(), op, err)
	}
	defer end()
	_, mark, err := splitExecID(req.ExecID)
	if err == nil {
		req.Container, err = core.ContainerName(req.Container)
	}
	if err == nil {
		err = e.retried(ctx, e.negotiate)
	}
	if err != nil {
		return core.CommandResult{}, e.fail(ctx, op, err)
	}
	if req.StdoutFrom < 0 || req.StderrFrom < 0 {
		return core.CommandResult{}, e.fail(ctx, op, core.Errorf(core.KindInvalidArgument, "a position in the output is not negative"))
	}
	out, errOut := &counter{to: s.Stdout}, &counter{to: s.Stderr}
	out.done.Store(req.StdoutFrom)
	errOut.done.Store(req.StderrFrom)
	s.Emit(core.StartedEvent{Event: "started", ContainerID: req.Container, ExecID: req.ExecID})
	result, err := e.followDurable(ctx, req.Container, mark, out, errOut)
	result.ContainerID, result.ExecID = req.Container, req.ExecID
	return result, e.fail(ctx, op, leftDurable(ctx, err, req.ExecID))
}

// followDurable delivers an exec's output from the counted positions, through lost
// lines, and removes it from the container when all of it was delivered.
func (e *Engine) followDurable(ctx context.Context, containerID, mark string, out, errOut *counter) (core.CommandResult, error) {
	for _, script := range []string{durableFollow, durableRest} {
		if err := e.readDurable(ctx, containerID, script, mark, out, errOut); err != nil {
			return core.CommandResult{}, err
		}
	}
	var status string
	err := e.throughLosses(ctx, func() (err error) {
		status, err = e.durableScript(ctx, containerID, durableStatus, mark)
		return err
	})
	if err != nil {
		return core.CommandResult{}, err
	}
	status = strings.TrimSpace(status)
	code, err := strconv.Atoi(status)
	switch {
	case status == "killed":
		code = 137 // nothing but SIGKILL ends the shell that would have written the code
	case err != nil:
		return core.CommandResult{}, core.Errorf(core.KindEngineError, "the exit code of the durable exec cannot be read in %s: its file has %q", containerID, status)
	}
	err = e.throughLosses(ctx, func() error {
		_, err := e.durableScript(ctx, containerID, durableRemove, mark)
		return err
	})
	return core.CommandResult{ExitCode: code}, err
}

func (e *Engine) readDurable(ctx context.Context, containerID, script, mark string, out, errOut *counter) error {
	return e.throughLosses(ctx, func() error {
		spec := e.scriptExec(containerID, script, mark,
			strconv.FormatInt(out.done.Load(), 10), strconv.FormatInt(errOut.done.Load(), 10))
		result, err := e.runExec(ctx, spec, core.Streams{Stdout: out, Stderr: errOut})
		switch {
		case err != nil:
			return err
		case result.ExitCode == 3:
			return core.Errorf(core.KindNotFound, "container %s has no durable exec %s: it was read to its end before, or its container has no sh, or no writable /tmp", containerID, mark)
		case result.ExitCode != 0 && script == durableRest:
			return core.Errorf(core.KindEngineError, "the output of the durable exec could not be read in %s (exit code %d): it needs sh and tail there", containerID, result.ExitCode)
		}
		return nil
	})
}

// throughLosses repeats do, which is idempotent, while the line is lost in it and the
// engine answers again in time.
func (e *Engine) throughLosses(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil || !lostLine(err) {
			return err
		}
		if goesOn(err) { // the engine was waited for already, to end the reader there
			return err
		}
		if again := e.awaitEngine(ctx); again != nil {
			return notBack(ctx, err, again)
		}
	}
}

// durableScript runs a script for what it prints.
func (e *Engine) durableScript(ctx context.Context, containerID, script, mark string) (string, error) {
	var out, errOut bytes.Buffer
	_, err := e.runExec(ctx, e.scriptExec(containerID, script, mark), core.Streams{Stdout: &out, Stderr: &errOut})
	return out.String(), err
}

// scriptExec is an exec of this client's own, as root, who may read every user's files.
func (e *Engine) scriptExec(containerID, script string, args ...string) *execSpec {
	spec := &execSpec{container: containerID, mark: newMark()}
	spec.options = container.ExecOptions{
		User: "0", Cmd: append([]string{"sh", "-c", script, "sh"}, args...),
		AttachStdout: true, AttachStderr: true, Env: []string{execMark + "=" + spec.mark},
	}
	return spec
}
