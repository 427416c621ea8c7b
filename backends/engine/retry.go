package engine

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
)

// brokeOff tells an answer that did not arrive because a connection broke: the engine
// may have done what it was asked, or not.
func brokeOff(err error) bool {
	if errors.Is(err, errFinal) {
		return false
	}
	return core.KindOf(err) == core.KindConnectionLost || (core.KindOf(err) == "" && lineLost(err))
}

// errFinal marks a ConnectionLost that trying again does not help.
var errFinal = errors.New("final")

// final is the error where a lost line cannot be made good.
func final(format string, args ...any) *core.Error {
	err := core.Errorf(core.KindConnectionLost, format, args...)
	err.Err = errFinal
	return err
}

// lostLine tells errors after which a container may still run: a broken connection,
// and an engine that cannot be reached.
func lostLine(err error) bool {
	return brokeOff(err) || core.KindOf(err) == core.KindEngineUnreachable || (core.KindOf(err) == "" && isConnectionFailure(err))
}

// quickTries is how often in a row a request may be made whose answer breaks off at once:
// then it is not the line, and trying again for ever would not help.
const (
	quickTries = 10
	quick      = 500 * time.Millisecond
)

// retried does what may be done twice. When the connection breaks before the answer
// is there, it does it again as soon as the engine answers.
func (e *Engine) retried(ctx context.Context, do func(ctx context.Context) error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, time.Second
	for tries := 1; ; tries++ {
		began := time.Now()
		err := do(ctx)
		if err == nil || ctx.Err() != nil || !brokeOff(err) {
			return err
		}
		if time.Since(began) > quick {
			tries = 1
			pause.Reset()
		}
		if tries == quickTries {
			return err
		}
		if again := e.awaitEngine(ctx); again != nil {
			return notBack(ctx, err, again)
		}
		if tries > 1 {
			_ = waited(ctx, pause.NextBackOff())
		}
	}
}

// waited returns after a time, or with an error when ctx ends.
func waited(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notBack is the error where the engine did not answer again in time. Whatever else
// keeps it from answering (a key that was withdrawn, say) is the error itself.
func notBack(ctx context.Context, cause, again error) error {
	if ctx.Err() != nil || !lostLine(again) {
		return again
	}
	return core.Errorf(core.KindConnectionLost, "the line to the engine was lost (%s), and the engine did not answer again (%s)",
		engineMessage(cause), engineMessage(again))
}

// once does what must not be done twice. When the connection breaks before the answer
// is there, outcome finds out, where that is possible, whether it was done.
func (e *Engine) once(ctx context.Context, do func(ctx context.Context) error, outcome func(ctx context.Context) (done bool, err error)) error {
	err := do(ctx)
	if err == nil || ctx.Err() != nil || !brokeOff(err) {
		return err
	}
	if again := e.awaitEngine(ctx); again != nil {
		return notBack(ctx, err, again)
	}
	if outcome != nil {
		var done bool
		askErr := e.retried(ctx, func(ctx context.Context) (err error) { done, err = outcome(ctx); return err })
		if done || askErr != nil {
			return askErr
		}
	}
	return core.Errorf(core.KindConnectionLost,
		"the line to the engine was lost before the answer came (%s): whether the engine did it is not known, and it was not asked a second time", engineMessage(err))
}

// reconnectTime is how long a lost engine is waited for. One that has never answered
// gets no more than the time for a first answer.
func (e *Engine) reconnectTime() time.Duration {
	if !e.negotiated.Load() {
		return e.answerTime()
	}
	if s := e.opts.Open.ReconnectTimeoutSeconds; s > 0 {
		return time.Duration(s * float64(time.Second))
	}
	return 60 * time.Second
}

// awaitEngine pings until the engine answers.
func (e *Engine) awaitEngine(ctx context.Context) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 3*time.Second
	_, err := backoff.Retry(ctx, func() (types.Ping, error) {
		ping, err := e.api.Ping(impatient(ctx))
		if err != nil && !lostLine(err) {
			return ping, backoff.Permanent(err)
		}
		return ping, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(e.reconnectTime()))
	if err != nil && ctx.Err() != nil {
		return contextError(ctx)
	}
	return err
}
