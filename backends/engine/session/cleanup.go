package session

import (
	"context"
	"maps"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bounds on what an operation does after it was asked to end. It waits CleanupTime for an
// engine that does not even answer a ping, and only SilentTime for one that has just failed
// to answer, if it undoes several things.
const (
	CleanupTime     = 10 * time.Second
	SilentTime      = time.Second
	SlowCleanupTime = 60 * time.Second
)

// CleanUp undoes something, although ctx may have ended. If the engine is unreachable, it
// says so after CleanupTime, and keeps trying in the background for as long as the session
// waits for a lost engine.
func (s *Session) CleanUp(ctx context.Context, undo func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), SlowCleanupTime, core.Errorf(core.KindOperationTimeout, "not done after %v", SlowCleanupTime))
	defer cancel()
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	ctx = patient(ctx)
	patience := CleanupTime
	if last := s.silentAt.Load(); last != nil && time.Since(*last) < CleanupTime {
		patience = SilentTime
	}
	guard.Go(func() {
		short, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if _, err := s.ask(short); err != nil && ctx.Err() == nil {
			now := time.Now()
			s.silentAt.Store(&now)
			giveUp(core.Errorf(core.KindEngineUnreachable, "the engine is unreachable: %s", EngineMessage(s.whyAway(err))))
		}
	}, nil)
	err := undo(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = core.ContextError(ctx, "")
	}
	if EngineLost(err) || IsContainerdAway(EngineMessage(err)) {
		s.CleanUpLater(undo)
	}
	return err
}

// NotEnded returns an error that also says what may still run, because it could not be ended.
func NotEnded(of *core.Error, what string) *core.Error {
	out := *of
	out.Details = maps.Clone(of.Details)
	out.Message += "; " + what
	return (&out).With("may_still_run", true)
}

// CleanUpLater undoes something in the background, as soon as the engine answers. What fails, as
// with an engine that is being restarted, is tried again a few times.
func (s *Session) CleanUpLater(undo func(ctx context.Context) error) {
	guard.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.ReconnectTime()+SlowCleanupTime)
		defer cancel()
		defer guard.OnDone(s.closed, cancel)()
		pause := lookAgain
		for range laterTries {
			if s.AwaitEngine(ctx) != nil || isUndone(s.Retry(patient(ctx), undo)) || Sleep(ctx, pause) != nil {
				return
			}
			pause *= 2
		}
	}, nil)
}

const laterTries = 5

// isUndone reports whether nothing is left to undo.
func isUndone(err error) bool {
	if err == nil {
		return true
	}
	switch Translate(context.Background(), err).Kind {
	case core.KindContainerNotFound, core.KindContainerNotRunning, core.KindNotFound:
		return true
	}
	return false
}

// MakingTime is how long an engine may take to carry out a creation that it has been asked for.
const MakingTime = 30 * time.Second

const lookAgain = 2 * time.Second

// UndoCreation removes in the background what a creation without an answer has made. The engine
// may be about to make it yet: until undo has found it, it is looked for again for MakingTime.
func (s *Session) UndoCreation(undo func(ctx context.Context) (found bool, err error)) {
	s.CleanUpLater(func(ctx context.Context) error {
		for began := time.Now(); ; {
			found, err := undo(ctx)
			if found || err != nil || time.Since(began) > MakingTime {
				return err
			}
			if err := Sleep(ctx, lookAgain); err != nil {
				return err
			}
		}
	})
}
