package execs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// signalScript sends a signal to every process that has the mark, and to the
// descendants of such processes, which may have cleared their environment. It uses
// only what every sh has built in. (A shell's read drops the NUL bytes that separate the
// variables; the mark's form is unambiguous enough without them.)
// Arguments: the mark, the signal. It prints how many processes it signalled, and how many
// of the others it must not signal.
const signalScript = `
mark=$1 sig=$2 found= count=0 refused=0
marked() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"` + Variable + `=$mark"*) return 0;; esac
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

// Signal signals a running exec. Right after its start the engine may not have its
// process yet.
func (x *Execs) Signal(ctx context.Context, t Target, signal string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, session.SlowCleanupTime, core.Errorf(core.KindEngineError, "the process could not be signalled within %v", session.SlowCleanupTime))
	defer cancel()
	var missing clock
	for {
		got, err := x.signalOnce(ctx, t, signal)
		if err != nil || got.sent > 0 {
			return err
		}
		if got.refused > 0 {
			return errOthers(t)
		}
		info, err := x.api.ContainerExecInspect(ctx, t.EngineID)
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
func (x *Execs) signalOnce(ctx context.Context, t Target, signal string) (reached, error) {
	got, err := x.signalByShell(ctx, t, signal)
	if x.asRoot == nil || got.sent > 0 && !Deadly(signal) {
		return got, err
	}
	switch {
	case errors.Is(err, errNoShell):
	case err != nil:
		return got, err
	case got.refused == 0:
		info, err := x.api.ContainerExecInspect(ctx, t.EngineID)
		if got.sent > 0 || err != nil || !info.Running {
			return got, nil // what is wrong the caller finds, too
		}
	}
	more, err := x.signalAsRoot(ctx, t, signal)
	return reached{got.sent + more.sent, more.refused}, err
}

// errNoShell marks the error for a container without a shell.
var errNoShell = errors.New("no shell")

// signalByShell runs the script with the exec's own rights.
func (x *Execs) signalByShell(ctx context.Context, t Target, signal string) (got reached, err error) {
	options := container.ExecOptions{
		User: t.Rights.User, Privileged: t.Rights.Privileged, AttachStdout: true, AttachStderr: true,
		Cmd: []string{"sh", "-c", signalScript, "sh", t.Mark, signal},
	}
	created, err := x.api.ContainerExecCreate(ctx, t.Container, options)
	if err != nil {
		return got, err
	}
	said, err := Answer(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return x.api.ContainerExecAttach(ctx, created.ID, container.ExecStartOptions{})
	}, nil)
	if err == nil && said == "" {
		// The script, a shell that is not there, and an engine that cannot start one all say something.
		err = fmt.Errorf("the engine ended what was to signal the process: %w", io.ErrUnexpectedEOF)
	}
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

// signalAsRoot signals an exec's processes as root, from outside its container.
func (x *Execs) signalAsRoot(ctx context.Context, t Target, signal string) (got reached, err error) {
	said, err := x.asRoot(ctx, t.Container, Variable+"="+t.Mark, signal)
	if err != nil {
		return got, err
	}
	if _, err := fmt.Sscan(said, &got.sent, &got.refused); err != nil {
		return reached{}, core.Errorf(core.KindEngineError, "the agent cannot signal the process: %s", strings.TrimSpace(said))
	}
	return got, nil
}

// Answer collects the output of a helper. start, where given, starts what was attached to.
func Answer(ctx context.Context, attach func(context.Context) (types.HijackedResponse, error), start func() error) (string, error) {
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
func errOthers(t Target) error {
	return core.Errorf(core.KindPermissionDenied,
		"the process, or a child of it, belongs to another user than the exec that started it: a client of connect(signal_as_root=True) reaches it in %s", t.Container)
}

// isPaused reports whether the engine refused an exec because its container is paused.
func isPaused(err error) bool {
	return err != nil && strings.Contains(err.Error(), "is paused")
}

// endedWith reports whether an error means that a container, with its processes, has ended.
func endedWith(err error) bool {
	return cerrdefs.IsNotFound(err) || err != nil && !isPaused(err) && session.IsNotRunning(err)
}
