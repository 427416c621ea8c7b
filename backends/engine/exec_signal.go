package engine

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

const execIDSeparator = "."

// splitExecID gives the engine's ID and the mark of what users see as an exec's ID.
func splitExecID(id string) (engineID, mark string, err error) {
	engineID, mark, ok := strings.Cut(id, execIDSeparator)
	if !ok || engineID == "" || !markForm.MatchString(mark) {
		return "", "", core.Errorf(core.KindInvalidArgument, "%q is no exec ID of this client", id)
	}
	return engineID, mark, nil
}

var markForm = regexp.MustCompile(`^[0-9a-f-]{36}$`)

// signalScript sends a signal to every process that carries the mark, and to the
// descendants of such processes, which may have cleared their environment. It uses
// nothing but what every sh has built in. (A read of a shell drops the NUL bytes that
// separate the variables; they are told apart well enough by the mark's form.)
// Arguments: the mark, the signal. It prints how many processes it signalled.
const signalScript = `
mark=$1 sig=$2 found= count=0
marked() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"` + execMark + `=$mark"*) return 0;; esac
  done 2>/dev/null </proc/$1/environ
  return 1
}
parent() {
  ppid=
  IFS= read -r stat 2>/dev/null </proc/$1/stat || return 1
  stat=${stat##*) }
  stat=${stat#* }
  ppid=${stat%% *}
}
for dir in /proc/[0-9]*; do
  pid=${dir#/proc/}
  [ "$pid" = $$ ] && continue
  [ -r "$dir/environ" ] && marked "$pid" && found="$found $pid "
done 2>/dev/null
grown=1
while [ -n "$grown" ]; do
  grown=
  for dir in /proc/[0-9]*; do
    pid=${dir#/proc/}
    case "$found" in *" $pid "*) continue;; esac
    parent "$pid" || continue
    case "$found" in *" $ppid "*) found="$found $pid "; grown=1;; esac
  done
done
for pid in $found; do kill -"$sig" "$pid" 2>/dev/null && count=$((count+1)); done
echo "$count"
`

// ExecSignal implements core.Execs.
func (e *Engine) ExecSignal(ctx context.Context, req core.ExecSignalRequest) error {
	const op = "exec_signal"
	ctx, end, err := e.begin(ctx, 0)
	if err != nil {
		return e.fail(context.Background(), op, err)
	}
	defer end()
	engineID, mark, err := splitExecID(req.ExecID)
	if err != nil {
		return e.fail(ctx, op, err)
	}
	signal, err := signalName(req.Signal)
	if err != nil {
		return e.fail(ctx, op, err)
	}
	name, err := core.ContainerName(req.Container)
	if err != nil {
		return e.fail(ctx, op, err)
	}
	if err := e.negotiate(ctx); err != nil {
		return e.fail(ctx, op, err)
	}
	to := signalled{container: name, mark: mark, deadly: deadly[signal]}
	return e.fail(ctx, op, e.signalling(ctx, to, func(ctx context.Context) error {
		return e.signalExec(ctx, name, engineID, mark, signal)
	}))
}

// signalExec signals an exec that runs. Right after its start the engine may not have
// its process yet.
func (e *Engine) signalExec(ctx context.Context, name, engineID, mark, signal string) error {
	ctx, cancel := context.WithTimeout(ctx, cleanupTime)
	defer cancel()
	for {
		count, err := e.signalMarked(ctx, name, mark, signal, "")
		if err != nil || count > 0 {
			return err
		}
		info, err := e.api.ContainerExecInspect(ctx, engineID)
		if err != nil {
			return err
		}
		if !info.Running {
			return core.Errorf(core.KindConflict, "the process has ended")
		}
		if waited(ctx, 100*time.Millisecond) != nil {
			return core.Errorf(core.KindEngineError, "the process was not found in %s, though the engine says that it runs", name)
		}
	}
}

// signalMarked signals all marked processes and tells how many there were. It runs
// as a privileged root first, who may look at every process of the container, and as
// the exec's own user where the engine does not allow that.
func (e *Engine) signalMarked(ctx context.Context, containerID, mark, signal, user string) (int, error) {
	count, err := e.runSignalScript(ctx, containerID, container.ExecOptions{User: "0", Privileged: true}, mark, signal)
	if err == nil || cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) || core.KindOf(err) == core.KindContainerNotRunning {
		return count, err
	}
	return e.runSignalScript(ctx, containerID, container.ExecOptions{User: user}, mark, signal)
}

func (e *Engine) runSignalScript(ctx context.Context, containerID string, options container.ExecOptions, mark, signal string) (int, error) {
	options.Cmd = []string{"sh", "-c", signalScript, "sh", mark, signal}
	options.AttachStdout, options.AttachStderr = true, true
	created, err := e.api.ContainerExecCreate(ctx, containerID, options)
	if err != nil {
		return 0, err
	}
	stream, err := upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerExecAttach(ctx, created.ID, container.ExecStartOptions{})
	})
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	var out, errOut bytes.Buffer
	if err := pump(ctx, stream, false, core.Streams{Stdout: &out, Stderr: &errOut}); err != nil {
		return 0, err
	}
	var count int
	if _, err := fmt.Sscan(out.String(), &count); err != nil {
		return 0, core.Errorf(core.KindEngineError, "the container has no shell to end the process with: %s", strings.TrimSpace(out.String()+errOut.String()))
	}
	return count, nil
}

// endExec kills what an exec left running, for a cancelled, timed out or broken one.
// It returns cause, or says that the process may still run. After a lost line it waits
// for the engine, and says what became of the process.
func (e *Engine) endExec(ctx context.Context, spec *execSpec, cause error) error {
	if ctx.Err() == nil && lostLine(cause) {
		return e.endLostExec(ctx, spec, cause)
	}
	engineID, mark, err := splitExecID(spec.mark)
	if err != nil {
		return cause
	}
	err = e.cleanUp(ctx, func(ctx context.Context) error { return e.killExec(ctx, spec, engineID, mark) })
	if err == nil {
		return cause
	}
	if cerrdefs.IsNotFound(err) || notRunning.MatchString(err.Error()) {
		return cause // with the container went its processes
	}
	return notEnded(translate(ctx, cause), spec.mayRun(err))
}

// mayRun says that a process may still run, and why it could not be ended.
func (s *execSpec) mayRun(why error) string {
	return fmt.Sprintf("the process may still run in %s: it could not be ended there (%s)", s.container, engineMessage(why))
}

// killExec kills until nothing is left: a process may fork while it is looked for.
func (e *Engine) killExec(ctx context.Context, spec *execSpec, engineID, mark string) error {
	for {
		count, err := e.signalMarked(ctx, spec.container, mark, "KILL", spec.options.User)
		if err != nil {
			return err
		}
		if count > 0 {
			continue
		}
		// None found: it has ended, or it is not started yet.
		info, err := e.api.ContainerExecInspect(ctx, engineID)
		if err != nil || !info.Running {
			return err
		}
		if err := waited(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
