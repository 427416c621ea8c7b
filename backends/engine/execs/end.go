package execs

import (
	"context"
	"fmt"
	"time"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// End kills what an exec left running, for a cancelled, timed out or broken one.
// It returns cause, or says that the process may still run. After a lost connection it waits
// for the engine, and says what became of the process.
func (x *Execs) End(ctx context.Context, spec *Exec, cause error) error {
	if ctx.Err() == nil && session.EngineLost(cause) {
		return x.endLost(ctx, spec, cause)
	}
	kill := func(ctx context.Context) error {
		return x.session.Retry(ctx, func(ctx context.Context) error {
			_, err := x.kill(ctx, spec.Target())
			return err
		})
	}
	err := x.session.CleanUp(ctx, kill)
	switch {
	case err == nil, endedWith(err): // the processes ended with the container
		return cause
	case isPaused(err):
		x.session.CleanUpLater(kill)
	}
	return session.NotEnded(session.Translate(ctx, cause), spec.mayRun(err))
}

// mayRun says that a process may still run, and why it could not be ended.
func (s *Exec) mayRun(why error) string {
	return fmt.Sprintf("the process may still run in %s: it could not be ended there (%s)", s.Container, session.EngineMessage(why))
}

// findPatience is how long to look for a process that runs according to the engine.
const findPatience = 5 * time.Second

// kill kills until nothing is left, and counts: a process may fork meanwhile. In a paused
// container it waits for the pause to end.
func (x *Execs) kill(ctx context.Context, t Target) (count int, err error) {
	refused := false
	var missing, paused clock
	for {
		got, err := x.signalOnce(ctx, t, "KILL")
		count, refused = count+got.sent, refused || got.refused > 0
		switch {
		case isPaused(err) && paused.passed() < session.CleanupTime:
		case err != nil:
			return count, err
		case got.sent > 0:
			continue
		default:
			// None found: it has ended, or it is not started yet.
			info, err := x.api.ContainerExecInspect(ctx, t.EngineID)
			switch {
			case err != nil && !cerrdefs.IsNotFound(err):
				return count, err
			case err != nil || !info.Running:
				return count, unlessRefused(t, refused)
			case info.Pid != 0 && missing.passed() > findPatience:
				gone, ended := x.look(ctx, t)
				return count, unlessRefused(t, refused || !gone && ended == nil)
			}
		}
		if err := session.Sleep(ctx, 100*time.Millisecond); err != nil {
			return count, err
		}
	}
}

func unlessRefused(t Target, refused bool) error {
	if refused {
		return errOthers(t)
	}
	return nil
}

// clock measures the time since it was first asked.
type clock struct{ began time.Time }

func (c *clock) passed() time.Duration {
	if c.began.IsZero() {
		c.began = time.Now()
	}
	return time.Since(c.began)
}
