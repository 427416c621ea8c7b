package engine

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/attach"
	"github.com/proboscis/ml_nexus_go/backends/engine/execs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestEndedCallSaysWhatMayStillRun: a call that was given up, or whose client was closed,
// says what it could not end, even if the connection was lost at the same moment.
func TestEndedCallSaysWhatMayStillRun(t *testing.T) {
	on := bed.Load(t).Engine(t, "engine-new")
	on.Socket += "-that-nobody-listens-on"
	e := openEngine(t, on)
	lost := core.Errorf(core.KindConnectionLost, "the connection was lost")
	for end, kind := range map[error]core.Kind{errors.New("given up"): core.KindCancelled, core.ClosedError(): core.KindClientClosed} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(end)
		for _, cause := range []error{lost, core.ContextError(ctx, "")} {
			run := e.discard(ctx, &runSpec{Container: attach.Container{ID: strings.Repeat("0", 64)}, remove: true}, cause)
			exec := e.execs.End(ctx, execs.Prepare("box", container.ExecOptions{}, false), cause)
			for _, err := range []error{run, exec} {
				var got *core.Error
				if err := e.session.Fail(ctx, err); !errors.As(err, &got) || got.Kind != kind || got.Details["may_still_run"] != true || !strings.Contains(got.Message, "may still run") {
					t.Errorf("%v, then %v: got %v", end, cause, err)
				}
			}
		}
	}
}

// TestSilentEngineIsWaitedForOnce: what a given up operation undoes in several steps does
// not wait for the engine in each of them.
func TestSilentEngineIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		e := openEngineBy(t, bed.Engine{Host: "unix:///silent"}, func(ctx context.Context) (net.Conn, error) {
			select {
			case <-ctx.Done():
			case <-over: // net/http dials on when its request has ended
			}
			return nil, net.ErrClosed
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		for range 5 {
			err := e.discard(ctx, &runSpec{Container: attach.Container{ID: strings.Repeat("0", 64)}, remove: true}, core.ContextError(ctx, ""))
			if core.KindOf(err) != core.KindCancelled || !strings.Contains(err.Error(), "may still run") {
				t.Error(err)
			}
		}
		if took := time.Since(began); took < session.CleanupTime || took > 2*session.CleanupTime {
			t.Errorf("took %v", took)
		}
	})
}
