package session

import (
	"context"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestACallThatBeginsWhileTheEngineIsAway waits as those do that were under way: it has sent
// nothing yet. One that comes before the first answer does not wait.
func TestACallThatBeginsWhileTheEngineIsAway(t *testing.T) {
	for name, c := range map[string]struct {
		fresh   bool // the engine has never answered
		why     error
		away    time.Duration
		timeout float64
		kind    core.Kind
		message string
		least   time.Duration
		most    time.Duration
	}{
		"for a moment":           {why: unreachable, away: 10 * time.Second, least: 10 * time.Second, most: 15 * time.Second},
		"for too long":           {why: unreachable, away: time.Hour, kind: core.KindEngineUnreachable, message: unreachable.Message, least: 50 * time.Second, most: time.Minute},
		"longer than the caller": {why: unreachable, away: time.Hour, timeout: 5, kind: core.KindOperationTimeout, message: "not done after 5 s: " + unreachable.Message, least: 5 * time.Second, most: 5 * time.Second},
		"from the beginning":     {fresh: true, why: unreachable, away: 10 * time.Second, kind: core.KindEngineUnreachable, message: unreachable.Message},
		"and refuses":            {why: core.Errorf(core.KindAuthenticationFailed, "no key"), away: 10 * time.Second, kind: core.KindAuthenticationFailed, message: "no key"},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				if !c.fresh {
					connected(t, s)
				}
				e.leaves(c.why)
				time.AfterFunc(c.away, func() { e.setAway(nil) })
				began := time.Now()
				err := s.Perform(t.Context(), Operation{Timeout: c.timeout}, start(s))
				wantIn(t, wantKind(t, err, c.kind).Message, c.message)
				if took := time.Since(began); took < c.least || took > c.most {
					t.Errorf("it took %v", took)
				}
				if want := map[bool]int{true: 1}[c.kind == ""]; e.calls() != want {
					t.Errorf("%d requests", e.calls())
				}
			})
		})
	}
}

// TestAQuestionDoesNotWait: whoever asks whether the engine is there learns that it is not.
func TestAQuestionDoesNotWait(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.leaves(unreachable)
		began := time.Now()
		for _, ctx := range []context.Context{t.Context(), impatient(patient(t.Context()))} {
			_, err := s.Ping(ctx, false)
			wantKind(t, s.Fail(ctx, err), core.KindEngineUnreachable)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// TestWhatDialsByItselfWaitsToo repeats it as long as nothing was sent.
func TestWhatDialsByItselfWaitsToo(t *testing.T) {
	for name, c := range map[string]struct {
		fresh bool
		away  time.Duration
		kind  core.Kind
		least time.Duration
	}{
		"for a moment":       {away: 10 * time.Second, least: 10 * time.Second},
		"for too long":       {away: time.Hour, kind: core.KindEngineUnreachable, least: 50 * time.Second},
		"from the beginning": {fresh: true, away: 10 * time.Second, kind: core.KindEngineUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				if !c.fresh {
					connected(t, s)
				}
				e.leaves(unreachable)
				time.AfterFunc(c.away, func() { e.setAway(nil) })
				began := time.Now()
				err := s.RetryUnsent(t.Context(), func() error {
					conn, err := e.dial(t.Context())
					if err == nil {
						err = conn.Close()
					}
					return err
				})
				wantKind(t, s.Fail(t.Context(), err), c.kind)
				if took := time.Since(began); took < c.least || took > time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
