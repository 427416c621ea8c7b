package engine

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Engines whose containerd is older than 1.6.25 lose the end of a short process now and
// then, when many are started at once (https://github.com/containerd/containerd/pull/9103):
// they call it running, and keep its streams open, for ever. So a quiet exec is looked at:
// where the engine's own list of the container's processes lacks it, it has ended.

const (
	firstLook = 5 * time.Second
	lastLook  = time.Minute // looks become rarer up to this
	// A busy engine learns of an end long after it: half a minute was seen.
	endPatience = 90 * time.Second
)

// errEndLost marks the error for an exec whose end the engine does not know.
var errEndLost = errors.New("end lost")

func endLost() *core.Error {
	err := core.Errorf(core.KindEngineError, "the process has ended, and the engine did not notice: its exit code is not known (engines with containerd before 1.6.25 lose it now and then)").
		With("reason", "end_lost").With("may_still_run", false)
	err.Err = errEndLost
	return err
}

// watchExec gives a context that ends with that error, and the stream to read from. The
// caller calls stop.
func (e *Engine) watchExec(ctx context.Context, stream types.HijackedResponse, execID string) (context.Context, types.HijackedResponse, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	reads := &idleReader{from: stream.Reader}
	stream.Reader = bufio.NewReader(reads)
	guard.Go(func() {
		var since time.Time // when the process was first missing
		for pause := firstLook; waited(ctx, pause) == nil; pause = min(2*pause, lastLook) {
			switch {
			case !reads.idle.Load() || !e.lostEnd(ctx, execID):
				since = time.Time{}
			case since.IsZero():
				since = time.Now()
				pause = e.endPatience / 4
			case time.Since(since) >= e.endPatience:
				cancel(endLost())
				return
			}
		}
	}, nil)
	return ctx, stream, func() { cancel(nil) }
}

// lostEnd tells that the engine says an exec runs, and has no such process. An engine
// that cannot list processes (it has no ps) is believed.
func (e *Engine) lostEnd(ctx context.Context, execID string) bool {
	info, err := e.api.ContainerExecInspect(ctx, execID)
	if err != nil || !info.Running || info.Pid == 0 {
		return false
	}
	top, err := e.api.ContainerTop(ctx, info.ContainerID, nil)
	if err != nil {
		return false
	}
	column := slices.IndexFunc(top.Titles, func(title string) bool { return strings.EqualFold(title, "PID") })
	if column < 0 {
		return false
	}
	return !slices.ContainsFunc(top.Processes, func(row []string) bool {
		return column < len(row) && row[column] == strconv.Itoa(info.Pid)
	})
}

// idleReader tells whether it is waiting for something to read.
type idleReader struct {
	from io.Reader
	idle atomic.Bool
}

func (r *idleReader) Read(p []byte) (int, error) {
	r.idle.Store(true)
	defer r.idle.Store(false)
	return r.from.Read(p)
}
