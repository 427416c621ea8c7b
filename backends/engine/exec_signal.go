package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// signalScript sends a signal to every process that carries the mark, and to the
// descendants of such processes, which may have cleared their environment. It uses
// nothing but what every sh has built in. (A read of a shell drops the NUL bytes that
// separate the variables; they are told apart well enough by the mark's form.)
// Arguments: the mark, the signal. It prints how many processes it signalled, and how many
// of those that are left it may not.
const signalScript = `
mark=$1 sig=$2 found= count=0 refused=0
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
for pid in $found; do
  if kill -"$sig" "$pid" 2>/dev/null; then
    count=$((count+1))
  elif [ -e "/proc/$pid/stat" ]; then
    refused=$((refused+1))
  fi
done
echo "$count $refused"
`

// ExecSignal implements core.Execs.
func (e *Engine) ExecSignal(ctx context.Context, req core.ExecSignalRequest) error {
	target, invalid := parseExecID(req.Container, req.ExecID)
	signal, err := signalName(req.Signal)
	if invalid == nil {
		invalid = err
	}
	return e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		target.container = req.Container
		to := signalled{container: target.container, mark: target.mark, deadly: deadly[signal]}
		return e.signalling(ctx, to, func(ctx context.Context) error {
			return e.signalExec(ctx, target, signal)
		})
	})
}

// signalExec signals an exec that runs. Right after its start the engine may not have
// its process yet.
func (e *Engine) signalExec(ctx context.Context, t execTarget, signal string) error {
	ctx, cancel := context.WithTimeout(ctx, session.SlowCleanupTime)
	defer cancel()
	var missing clock
	for {
		got, err := e.signalOnce(ctx, t, signal)
		if err != nil || got.sent > 0 {
			return err
		}
		if got.refused > 0 {
			return errOthers(t)
		}
		info, err := e.api.ContainerExecInspect(ctx, t.engineID)
		if err != nil {
			return err
		}
		if !info.Running {
			return core.Errorf(core.KindConflict, "the process has ended")
		}
		if info.Pid != 0 && missing.passed() > findPatience {
			return errOthers(t)
		}
		if err := session.Sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// reached is how many processes got a signal, and how many may not be sent one.
type reached struct{ sent, refused int }

// signalOnce signals all processes of an exec that there are now: with the exec's own
// rights, by the container's shell. Root is used where the caller allows it, for what
// cannot be reached so, and then it is the agent that runs as root, nothing of the container's.
func (e *Engine) signalOnce(ctx context.Context, t execTarget, signal string) (reached, error) {
	got, err := e.signalByShell(ctx, t, signal)
	if !e.opts.Open.SignalAsRoot || got.sent > 0 && !deadly[signal] {
		return got, err
	}
	switch {
	case errors.Is(err, errNoShell):
	case err != nil:
		return got, err
	case got.refused == 0:
		info, err := e.api.ContainerExecInspect(ctx, t.engineID)
		if got.sent > 0 || err != nil || !info.Running {
			return got, nil // what is wrong the caller finds, too
		}
	}
	more, err := e.signalByAgent(ctx, t, signal)
	return reached{got.sent + more.sent, more.refused}, err
}

// errNoShell marks the error for a container without a shell.
var errNoShell = errors.New("no shell")

// signalByShell runs the script with the exec's own rights.
func (e *Engine) signalByShell(ctx context.Context, t execTarget, signal string) (got reached, err error) {
	options := container.ExecOptions{
		User: t.rights.user, Privileged: t.rights.privileged, AttachStdout: true, AttachStderr: true,
		Cmd: []string{"sh", "-c", signalScript, "sh", t.mark, signal},
	}
	created, err := e.api.ContainerExecCreate(ctx, t.container, options)
	if err != nil {
		return got, err
	}
	said, err := e.answerOf(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerExecAttach(ctx, created.ID, container.ExecStartOptions{})
	}, nil)
	if err != nil {
		return got, err
	}
	if _, err := fmt.Sscan(said, &got.sent, &got.refused); err != nil {
		lacks := core.Errorf(core.KindEngineError,
			"the container has no shell to signal the process with (%s); a client of connect(signal_as_root=True) needs none", strings.TrimSpace(said))
		lacks.Err = errNoShell
		return reached{}, lacks
	}
	return got, nil
}

// answerOf collects the output of a helper. start, where given, starts what was attached to.
func (e *Engine) answerOf(ctx context.Context, attach func(context.Context) (types.HijackedResponse, error), start func() error) (string, error) {
	stream, err := session.Upgrade(ctx, attach)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	if start != nil {
		if err := start(); err != nil {
			return "", err
		}
	}
	var out shortAnswer
	err = streams.Pump(ctx, stream, false, core.Streams{Stdout: &out, Stderr: &out})
	return out.String(), err
}

// shortAnswer is the output of a helper. What runs in a container may say anything.
type shortAnswer struct{ bytes.Buffer }

const maxAnswer = 4 << 10

func (a *shortAnswer) Write(p []byte) (int, error) {
	if a.Len()+len(p) > maxAnswer {
		return 0, core.Errorf(core.KindEngineError, "what was to signal the process says more than %d bytes", maxAnswer)
	}
	return a.Buffer.Write(p)
}

// errOthers is for an exec whose processes its own user cannot reach.
func errOthers(t execTarget) error {
	return core.Errorf(core.KindPermissionDenied,
		"the process, or a child of it, belongs to another user than the exec that started it: a client of connect(signal_as_root=True) reaches it in %s", t.container)
}

// isPaused reports whether the engine refused an exec because its container is paused.
func isPaused(err error) bool {
	return err != nil && strings.Contains(err.Error(), "is paused")
}

// endedWith reports whether an error means that a container, with its processes, has ended.
func endedWith(err error) bool {
	return cerrdefs.IsNotFound(err) || err != nil && !isPaused(err) && session.IsNotRunning(err)
}
