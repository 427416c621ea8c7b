package session

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/build"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// defaultAnswerTime applies if no connect timeout was given.
const defaultAnswerTime = 10 * time.Second

// Negotiate settles the API version with the first answer of the engine. Docker's
// client does so too, but continues if the engine is unreachable, and then waits for it
// a second time.
//
// All callers before the first answer share one request: a thousand would need a thousand
// connections. It ends when nobody waits for it any more.
func (s *Session) Negotiate(ctx context.Context) error {
	if s.negotiated.Load() {
		return nil
	}
	_, err := s.negotiation.Do(ctx, func(ctx context.Context) (struct{}, error) {
		if s.negotiated.Load() {
			return struct{}{}, nil
		}
		return struct{}{}, s.askVersion(ctx)
	})
	if ctx.Err() != nil {
		return core.ContextError(ctx, "")
	}
	return err
}

func (s *Session) askVersion(ctx context.Context) error {
	answering, stop := s.answerInTime(ctx)
	defer stop()
	pong, err := s.ask(answering)
	if err != nil {
		if ctx.Err() == nil && answering.Err() != nil {
			return context.Cause(answering)
		}
		return err
	}
	s.API.NegotiateAPIVersionPing(pong)
	s.firstPong.Store(&pong)
	s.classicBuilds.Store(pong.BuilderVersion == build.BuilderV1)
	s.negotiated.Store(true)
	return nil
}

// answerTime returns how long the first answer may take.
func (s *Session) answerTime() time.Duration {
	if limit := s.opts.ConnectTimeout; limit > 0 {
		return limit
	}
	return defaultAnswerTime
}

// answerInTime returns a context for the first request. It ends if a connection was made
// but nothing answers: a socket that a stopped or hung engine left open accepts
// connections. (Connecting has a time limit of its own, see Dial.)
func (s *Session) answerInTime(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	limit := s.answerTime()
	silent := core.Errorf(core.KindEngineUnreachable,
		"a connection was made, and no engine answered within %g s: check that the engine is not stopped or overloaded, or give a longer connect_timeout", limit.Seconds())
	var timer atomic.Pointer[time.Timer]
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if old := timer.Swap(guard.AfterFunc(limit, func() { cancel(silent) })); old != nil {
			old.Stop()
		}
	}})
	return ctx, func() {
		if running := timer.Load(); running != nil {
			running.Stop()
		}
		cancel(nil)
	}
}
