package session

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
)

// quickTries is how often in a row a request may be made whose answer breaks off at once:
// then it is not the connection, and trying again for ever would not help.
const (
	quickTries = 10
	quick      = 500 * time.Millisecond
)

// Retry does what may be done twice. When the connection breaks before the answer is
// there, it does it again as soon as the engine answers.
func (s *Session) Retry(ctx context.Context, do func(ctx context.Context) error) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, time.Second
	for tries := 1; ; tries++ {
		began := time.Now()
		err := do(ctx)
		if err == nil || ctx.Err() != nil || !AnswerLost(err) {
			return err
		}
		if time.Since(began) > quick {
			tries = 1
			pause.Reset()
		}
		if tries == quickTries {
			return err
		}
		if again := s.AwaitEngine(ctx); again != nil {
			return NotBack(ctx, err, again)
		}
		if tries > 1 {
			_ = Sleep(ctx, pause.NextBackOff())
		}
	}
}

// Sleep returns after d, or with an error when ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NotBack is the error where the engine did not answer again in time. Whatever else
// keeps it from answering (a key that was withdrawn, say) is the error itself.
func NotBack(ctx context.Context, cause, again error) error {
	if ctx.Err() != nil || !EngineLost(again) {
		return again
	}
	return core.Errorf(core.KindConnectionLost, "the connection to the engine was lost (%s), and the engine did not answer again (%s)",
		EngineMessage(cause), EngineMessage(again))
}

// Once does what must not be done twice. When the connection breaks before the answer
// is there, outcome finds out, where that is possible, whether it was done.
func (s *Session) Once(ctx context.Context, do func(ctx context.Context) error, outcome func(ctx context.Context) (done bool, err error)) error {
	err := do(ctx)
	if err == nil || ctx.Err() != nil || !AnswerLost(err) {
		return err
	}
	if again := s.AwaitEngine(ctx); again != nil {
		return NotBack(ctx, err, again)
	}
	if outcome != nil {
		var done bool
		askErr := s.Retry(ctx, func(ctx context.Context) (err error) { done, err = outcome(ctx); return err })
		if done || askErr != nil {
			return askErr
		}
	}
	return core.Errorf(core.KindConnectionLost,
		"the connection to the engine was lost before the answer came (%s): whether the engine did it is not known, and it was not asked a second time", EngineMessage(err))
}

// defaultReconnectTime is for where no reconnect timeout was given.
const defaultReconnectTime = 60 * time.Second

// ReconnectTime is how long a lost engine is waited for. One that has never answered
// gets no more than the time for a first answer.
func (s *Session) ReconnectTime() time.Duration {
	if !s.negotiated.Load() {
		return s.answerTime()
	}
	if limit := s.opts.ReconnectTimeout; limit > 0 {
		return limit
	}
	return defaultReconnectTime
}

// AwaitEngine pings until the engine answers.
func (s *Session) AwaitEngine(ctx context.Context) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 3*time.Second
	_, err := backoff.Retry(ctx, func() (types.Ping, error) {
		ping, err := s.API.Ping(impatient(ctx))
		if err != nil && !EngineLost(err) {
			return ping, backoff.Permanent(err)
		}
		return ping, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(s.ReconnectTime()))
	if err != nil && ctx.Err() != nil {
		return core.ContextError(ctx, "")
	}
	return err
}
