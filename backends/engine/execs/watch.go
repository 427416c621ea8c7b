package execs

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Engines whose containerd is older than 1.6.25 lose the end of a short process now and
// then, when many are started at once (https://github.com/containerd/containerd/pull/9103):
// they call it running, and keep its streams open, for ever. Engines before 23 keep the streams
// of an exec open when a container with --pid=host ends. So a quiet exec is looked at: where the
// container has ended, or the engine's own list of its processes lacks it, it has ended.
// An engine works through the ends of a container's execs one after the other, and one that is
// busy is long behind: as long as it comes to know ends of execs that began before this
// one was missing, its turn is yet to come.

const (
	firstLook = 5 * time.Second
	lastLook  = time.Minute // looks become rarer up to this
	// A starved engine learns of an end long after it: two minutes were seen.
	endPatience = 5 * time.Minute
)

// errEndLost marks the error for an exec whose end the engine does not know.
var errEndLost = errors.New("end lost")

func errLostEnd() *core.Error {
	err := core.Errorf(core.KindEngineError, "the process has ended, and the engine did not notice: its exit code is not known (engines with containerd before 1.6.25 lose it now and then)").
		With("reason", "end_lost").With("may_still_run", false)
	err.Err = errEndLost
	return err
}

// endedWithContainer is the error for an exec whose container has ended or was removed.
func (x *Execs) endedWithContainer(ctx context.Context, container string) *core.Error {
	state, err := containerinfo.State(ctx, x.api, container)
	if err != nil || state.Running {
		return nil
	}
	return endedWithState(container, state)
}

func endedWithState(container string, state core.StateResult) *core.Error {
	kind, how := core.KindContainerNotRunning, "ended"
	if !state.Exists {
		kind, how = core.KindContainerNotFound, "was removed"
	}
	ended := core.Errorf(kind, "container %s %s while the process ran in it: the process ended with it, and its exit code is not known", container, how).
		With("may_still_run", false)
	ended.Err = errEndLost
	return ended
}

// watch returns a context that ends with that error, and the stream to read from. The
// caller calls stop.
func (x *Execs) watch(ctx context.Context, stream types.HijackedResponse, t Target) (context.Context, types.HijackedResponse, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	reads := &idleReader{from: stream.Reader}
	stream.Reader = bufio.NewReader(reads)
	guard.Go(func() {
		late := &missing{container: t.Container}
		defer x.missing.found(late)
		for pause := firstLook; session.Sleep(ctx, pause) == nil; pause = min(2*pause, lastLook) {
			gone, ended := false, (*core.Error)(nil)
			if reads.idle.Load() {
				gone, ended = x.look(ctx, t)
			}
			switch {
			case ended != nil:
				cancel(ended)
				return
			case !gone:
				x.missing.found(late)
			case x.missing.awaited(late) >= x.EndPatience:
				cancel(errLostEnd())
				return
			default:
				pause = min(pause, x.EndPatience/4)
			}
		}
	}, nil)
	return ctx, stream, func() { cancel(nil) }
}

// look reports whether the engine says that an exec runs, and has no such process; or
// the error for one that ended with its container. An engine that cannot list processes (it
// has no ps) is believed.
func (x *Execs) look(ctx context.Context, t Target) (gone bool, ended *core.Error) {
	info, err := x.api.ContainerExecInspect(ctx, t.EngineID)
	if cerrdefs.IsNotFound(err) || (err != nil && session.IsNotRunning(err)) {
		return false, x.endedWithContainer(ctx, t.Container)
	}
	if err != nil || !info.Running || info.Pid == 0 {
		return false, nil
	}
	top, err := x.lists.list(ctx, x.api, info.ContainerID)
	if cerrdefs.IsNotFound(err) || (err != nil && session.IsNotRunning(err)) {
		return false, x.endedWithContainer(ctx, info.ContainerID)
	}
	column := slices.IndexFunc(top.Titles, func(title string) bool { return strings.EqualFold(title, "PID") })
	if err != nil || column < 0 {
		return false, nil
	}
	return !slices.ContainsFunc(top.Processes, func(row []string) bool {
		return column < len(row) && row[column] == strconv.Itoa(info.Pid)
	}), nil
}

// missing is an exec whose process has gone, while the engine says that it runs.
type missing struct {
	container string
	since     time.Time
	moved     time.Time // when the engine was last seen to work towards this end
}

// missings are the missing execs of one client.
type missings struct {
	mu    sync.Mutex
	execs map[*missing]bool
}

// awaited returns for how long the engine has come no nearer to the end of an exec that is
// missing.
func (m *missings) awaited(x *missing) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.execs[x] {
		m.execs[x] = true
		x.since, x.moved = time.Now(), time.Now()
	}
	return time.Since(x.moved)
}

func (m *missings) found(x *missing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.execs, x)
}

// noticed says that the engine knows the end of an exec that began then.
func (m *missings) noticed(container string, began time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for x := range m.execs {
		if x.container == container && began.Before(x.since) {
			x.moved = time.Now()
		}
	}
}

// idleReader reports whether it is waiting for something to read.
type idleReader struct {
	from io.Reader
	idle atomic.Bool
}

func (r *idleReader) Read(p []byte) (int, error) {
	r.idle.Store(true)
	defer r.idle.Store(false)
	return r.from.Read(p)
}
