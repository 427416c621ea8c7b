package session

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

const toStart = "POST /containers/c/start"

func TestRetry(t *testing.T) {
	for name, c := range map[string]struct {
		acts    []action
		absent  time.Duration // the engine is away for so long after the first request
		calls   int
		kind    core.Kind
		message string
		// How long it takes, at least and at most.
		least, most time.Duration
	}{
		"an answer at once":                    {acts: times(1, answer200("")), calls: 1},
		"a slow answer":                        {acts: times(1, after(time.Minute, answer200(""))), calls: 1, least: time.Minute, most: time.Minute},
		"one answer lost":                      {acts: []action{drop, answer200("")}, calls: 2},
		"some answers lost":                    {acts: append(times(9, drop), answer200("")), calls: 10, most: 20 * time.Second},
		"all answers lost at once":             {acts: times(1, drop), calls: quickTries, kind: core.KindConnectionLost, most: 20 * time.Second},
		"many answers lost after a while":      {acts: append(times(25, after(time.Second, drop)), answer200("")), calls: 26, least: 25 * time.Second, most: time.Minute},
		"an engine that is back soon":          {acts: []action{drop, answer200("")}, absent: 20 * time.Second, calls: 2, least: 20 * time.Second, most: 26 * time.Second},
		"an engine that is not back":           {acts: times(1, drop), absent: time.Hour, calls: 1, kind: core.KindConnectionLost, message: "the engine did not answer again", least: 50 * time.Second, most: time.Minute},
		"an engine that does not have it":      {acts: times(1, refuse(404, "No such container: c")), calls: 1, kind: core.KindContainerNotFound},
		"an engine that failed":                {acts: times(1, refuse(500, "it broke")), calls: 1, kind: core.KindEngineError},
		"an engine that refuses after a break": {acts: []action{drop, refuse(409, "in use")}, calls: 2, kind: core.KindConflict},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				began := connected(t, s)
				e.on(toStart, c.acts...)
				err := s.Fail(t.Context(), s.Retry(t.Context(), func(ctx context.Context) error {
					err := start(s)(ctx)
					if c.absent > 0 && e.calls() == 1 {
						e.isBackAfter(c.absent)
					}
					return err
				}))
				wantIn(t, wantKind(t, err, c.kind).Message, c.message)
				if e.calls() != c.calls {
					t.Errorf("%d requests, not %d", e.calls(), c.calls)
				}
				if took := time.Since(began); took < c.least || took > max(c.most, c.least, time.Second) {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// connected settles the version, and returns when that was done.
func connected(t *testing.T, s *Session) time.Time {
	t.Helper()
	if err := s.Negotiate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

func TestRetryDoesNotRepeatWhatIsFinal(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		calls, final := 0, Final("it cannot be made good")
		err := s.Retry(t.Context(), func(context.Context) error { calls++; return final })
		if !errors.Is(err, final) || calls != 1 || e.pinged() != 0 {
			t.Errorf("%v after %d calls and %d pings", err, calls, e.pinged())
		}
	})
}

// TestRetryEndsWithTheCaller while it waits for the engine, and gives the caller's reason.
func TestRetryEndsWithTheCaller(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		began := connected(t, s)
		e.on(toStart, drop)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, core.Errorf(core.KindOperationTimeout, "not done after 5 s"))
		defer cancel()
		err := s.Retry(ctx, func(ctx context.Context) error {
			err := start(s)(ctx)
			e.leaves(unreachable)
			return err
		})
		known := wantKind(t, s.Fail(ctx, err), core.KindOperationTimeout)
		// The limit alone does not say what to do about it.
		wantIn(t, known.Message, "not done after 5 s", unreachable.Message)
		if took := time.Since(began); took != 5*time.Second || e.calls() != 1 {
			t.Errorf("it took %v and %d requests", took, e.calls())
		}
	})
}

// TestARefusalWhileWaiting is the error itself: waiting would not help.
func TestARefusalWhileWaiting(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		began := connected(t, s)
		e.on(toStart, drop)
		withdrawn := core.Errorf(core.KindAuthenticationFailed, "the key is not accepted any more")
		err := s.Retry(t.Context(), func(ctx context.Context) error {
			err := start(s)(ctx)
			e.leaves(withdrawn)
			return err
		})
		wantIn(t, wantKind(t, err, core.KindAuthenticationFailed).Message, withdrawn.Message)
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestReconnectTime is short before the first answer, and afterwards what the caller asked for.
func TestReconnectTime(t *testing.T) {
	for name, c := range map[string]struct {
		opts          Options
		before, after time.Duration
	}{
		"defaults":   {Options{}, 10 * time.Second, time.Minute},
		"by options": {Options{ConnectTimeout: 3 * time.Second, ReconnectTimeout: time.Hour}, 3 * time.Second, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, c.opts, func(t *testing.T, _ *engine, s *Session) {
				if got := s.ReconnectTime(); got != c.before {
					t.Errorf("%v before the first answer", got)
				}
				connected(t, s)
				if got := s.ReconnectTime(); got != c.after {
					t.Errorf("%v after the first answer", got)
				}
			})
		})
	}
}

// TestInfoThatWasCutIsReadAgain: an engine's description that breaks off in the middle is lost.
func TestInfoThatWasCutIsReadAgain(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.on("GET /info", cut, answer200(`{"NCPU":4}`))
		processors := 0
		err := s.Retry(t.Context(), func(ctx context.Context) error {
			info, err := s.Info(ctx)
			processors = info.NCPU
			return err
		})
		if err != nil || processors != 4 {
			t.Errorf("got %d, %v", processors, err)
		}
	})
}
