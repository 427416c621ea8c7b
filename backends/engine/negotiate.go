package engine

import (
	"context"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/build"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// defaultAnswerTime is for where no connect timeout was given.
const defaultAnswerTime = 10 * time.Second

// negotiate settles the API version with the first answer of the engine. Docker's
// client does so too, but goes on where the engine cannot be reached, and then waits
// for it a second time.
//
// All who come before there is an answer share one question: a thousand would ask for
// a thousand connections. It ends when nobody waits for it any more.
func (e *Engine) negotiate(ctx context.Context) error {
	if e.negotiated.Load() {
		return nil
	}
	q := e.question.join(e)
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		e.question.leave(q)
		return contextError(ctx)
	}
}

// questions has the one question about the version that is under way.
type questions struct {
	mu  sync.Mutex
	now *question
}

type question struct {
	waiters int
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
}

func (qs *questions) join(e *Engine) *question {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.now == nil {
		ctx, cancel := context.WithCancel(e.closed)
		q := &question{cancel: cancel, done: make(chan struct{})}
		qs.now = q
		end := func(err error) {
			qs.drop(q)
			q.err = err
			cancel()
			close(q.done)
		}
		guard.Go(func() { end(e.askVersion(ctx)) }, func(p *guard.Panic) { end(p) })
	}
	qs.now.waiters++
	return qs.now
}

func (qs *questions) leave(q *question) {
	qs.mu.Lock()
	q.waiters--
	last := q.waiters == 0
	qs.mu.Unlock()
	if last {
		qs.drop(q)
		q.cancel()
	}
}

func (qs *questions) drop(q *question) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.now == q {
		qs.now = nil
	}
}

func (e *Engine) askVersion(ctx context.Context) error {
	answering, stop := e.answerInTime(ctx)
	defer stop()
	pong, err := e.api.Ping(answering)
	if err != nil {
		if ctx.Err() == nil && answering.Err() != nil {
			return context.Cause(answering)
		}
		return err
	}
	e.api.NegotiateAPIVersionPing(pong)
	e.firstPong.Store(&pong)
	e.classicBuilds.Store(pong.BuilderVersion == build.BuilderV1)
	e.negotiated.Store(true)
	return nil
}

// answerTime is how long the first answer may take.
func (e *Engine) answerTime() time.Duration {
	if seconds := e.opts.Open.ConnectTimeoutSeconds; seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	return defaultAnswerTime
}

// answerInTime gives a context for the first request. It ends when a connection was
// made and nothing answers there: a socket that a stopped or hung engine left open
// accepts everybody. (Making the connection has a time of its own, see Dial.)
func (e *Engine) answerInTime(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	limit := e.answerTime()
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
