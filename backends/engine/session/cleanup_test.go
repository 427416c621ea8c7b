package session

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

const toRemove = "DELETE /containers/c"

func remove(s *Session) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		return s.API.ContainerRemove(ctx, "c", container.RemoveOptions{Force: true})
	}
}

// TestCleanUp undoes what an operation began after its end was asked for.
func TestCleanUp(t *testing.T) {
	for name, c := range map[string]struct {
		acts    []action
		ping    action
		away    time.Duration
		kind    core.Kind
		message string
		took    time.Duration
		later   int // requests when all is over
	}{
		"an answer at once":  {acts: times(1, answer200("")), later: 1},
		"a slow answer":      {acts: times(1, after(50*time.Second, answer200(""))), took: 50 * time.Second, later: 1},
		"no containerd":      {acts: []action{refuse(500, "Unavailable: connection error: desc = x"), answer200("")}, kind: core.KindEngineError, message: "Unavailable", later: 2},
		"a refusal":          {acts: times(1, refuse(500, "it broke")), kind: core.KindEngineError, later: 1},
		"too slow an answer": {acts: times(1, after(time.Hour, answer200(""))), kind: core.KindOperationTimeout, message: "not done after 1m0s", took: SlowCleanupTime, later: 1},
		"a hung engine": {acts: []action{hang, answer200("")}, ping: after(15*time.Second, pong("1.45")),
			kind: core.KindEngineUnreachable, message: "the engine is unreachable", took: CleanupTime, later: 2},
		"an engine that is away for a moment": {acts: times(1, answer200("")), away: 5 * time.Second, took: 5 * time.Second, later: 1},
		"an engine that is away for longer": {acts: times(1, answer200("")), away: 30 * time.Second,
			kind: core.KindEngineUnreachable, message: unreachable.Message, took: CleanupTime, later: 1},
		"a lost answer is undone again later": {acts: []action{drop, answer200("")}, kind: core.KindConnectionLost, later: 2},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				connected(t, s)
				e.on(toRemove, c.acts...)
				if c.ping != nil {
					e.on("_ping", c.ping)
				}
				if c.away > 0 {
					e.isBackAfter(c.away)
				}
				ended, cancel := context.WithCancel(t.Context())
				cancel()
				began := time.Now()
				err := s.CleanUp(ended, remove(s))
				if took := time.Since(began); took < c.took || took > c.took+4*time.Second {
					t.Errorf("it took %v, not %v", took, c.took)
				}
				wantIn(t, wantKind(t, s.Fail(t.Context(), err), c.kind).Message, c.message)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if got := e.calls(); got != c.later {
					t.Errorf("%d requests in the end, not %d", got, c.later)
				}
			})
		})
	}
}

// TestASilentEngineIsWaitedForOnce: who undoes several things has waited enough with the first.
func TestASilentEngineIsWaitedForOnce(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.on("_ping", hang)
		e.on(toRemove, hang)
		for _, want := range []time.Duration{CleanupTime, SilentTime, SilentTime} {
			began := time.Now()
			wantKind(t, s.CleanUp(t.Context(), remove(s)), core.KindEngineUnreachable)
			if took := time.Since(began); took != want {
				t.Errorf("it took %v, not %v", took, want)
			}
		}
	})
}

// TestNothingIsUndoneForAClosedClient once it is closed: its connections are gone.
func TestNothingIsUndoneForAClosedClient(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.leaves(unreachable)
		s.CleanUpLater(remove(s))
		time.Sleep(time.Second)
		if err := s.Close(func() {}); err != nil {
			t.Fatal(err)
		}
		e.setAway(nil)
		time.Sleep(2 * time.Minute)
		if got := e.calls(); got != 0 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestWhatMayStillRunIsSaid(t *testing.T) {
	of := core.Errorf(core.KindCancelled, "cancelled").With("container", "c")
	err := NotEnded(of, "container c could not be removed")
	if err.Message != "cancelled; container c could not be removed" || err.Details["may_still_run"] != true || err.Details["container"] != "c" {
		t.Errorf("%+v", err)
	}
	if of.Message != "cancelled" || of.Details["may_still_run"] != nil {
		t.Errorf("the error itself has become %+v", of)
	}
}

// TestWhatIsMadeLateIsRemoved: an engine that was stopped makes it after somebody has looked.
func TestWhatIsMadeLateIsRemoved(t *testing.T) {
	for name, c := range map[string]struct{ there, looks int }{
		"at once": {1, 1}, "later": {6, 6}, "never": {1000, 1 + int(MakingTime/lookAgain)},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				connected(t, s)
				looks := 0
				s.UndoCreation(func(context.Context) (bool, error) {
					looks++
					return looks == c.there, nil
				})
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if looks < c.looks || looks > c.looks+1 {
					t.Errorf("looked %d times, not %d", looks, c.looks)
				}
			})
		})
	}
}

// TestWhatCannotBeUndoneIsTriedAgain: an engine that is being restarted refuses much.
func TestWhatCannotBeUndoneIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		refusals int
		with     core.Kind
		tries    int
	}{
		"until it can":          {2, core.KindEngineError, 3},
		"not for ever":          {1000, core.KindEngineError, laterTries},
		"it has ended by then":  {1000, core.KindContainerNotRunning, 1},
		"it is not there":       {1000, core.KindContainerNotFound, 1},
		"nothing is in the way": {0, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				connected(t, s)
				tries := 0
				s.CleanUpLater(func(context.Context) error {
					if tries++; tries <= c.refusals {
						return core.Errorf(c.with, "it refuses")
					}
					return nil
				})
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if tries != c.tries {
					t.Errorf("tried %d times, not %d", tries, c.tries)
				}
			})
		})
	}
}

// TestCloseWaitsForASlowEngine, as long as the operations that undo something do.
func TestCloseWaitsForASlowEngine(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{SlowCleanupTime: SlowCleanupTime, time.Hour: SlowCleanupTime + CleanupTime} {
		synctest.Test(t, func(t *testing.T) {
			s := &Session{}
			s.underWay.Add(1)
			time.AfterFunc(took, func() { s.underWay.Add(-1) })
			began := time.Now()
			s.awaitEnds()
			if waited := time.Since(began); waited.Round(time.Second) != want {
				t.Errorf("%v instead of %v", waited, want)
			}
			time.Sleep(took)
		})
	}
}
