package session

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
)

// quickTries is how often in a row a request is sent whose answer breaks off at once: then
// the connection is not the cause, and endless retries would not help.
const (
	quickTries = 10
	quick      = 500 * time.Millisecond
)

// Retry does something idempotent. If the connection breaks before the answer arrived,
// it repeats it as soon as the engine answers again.
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

// RetryUnsent repeats what must not be done twice as long as it fails because no connection
// was made, once the engine has answered the session: nothing was sent then. What dials by
// itself needs it; the requests of docker's client wait while they dial.
func (s *Session) RetryUnsent(ctx context.Context, do func() error) error {
	for began := time.Now(); ; {
		err := do()
		if core.KindOf(err) != core.KindEngineUnreachable || !s.Connected() || ctx.Err() != nil || time.Since(began) > s.ReconnectTime() {
			return err
		}
		if again := s.AwaitEngine(ctx); again != nil {
			return again
		}
		_ = Sleep(ctx, time.Second)
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

// NotBack returns the error if the engine did not answer again in time. Any other reason
// why it does not answer (a withdrawn key, for example) is the error itself.
func NotBack(ctx context.Context, cause, again error) error {
	if ctx.Err() != nil || !EngineLost(again) {
		return again
	}
	return core.Errorf(core.KindConnectionLost, "the connection to the engine was lost (%s), and the engine did not answer again (%s)",
		EngineMessage(cause), EngineMessage(again))
}

// Once does something that must not be done twice. If the connection breaks before the
// answer arrived, outcome finds out, if possible, whether it was done.
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

// defaultReconnectTime applies if no reconnect timeout was given.
const defaultReconnectTime = 60 * time.Second

// ReconnectTime returns how long the session waits for a lost engine. One that has never
// answered gets only the time for a first answer.
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
	began, reason := time.Now(), ""
	waiting, stop := s.untilGone(ctx)
	defer stop()
	_, err := backoff.Retry(waiting, func() (types.Ping, error) {
		ping, err := s.ask(impatient(waiting))
		if err != nil {
			reason = EngineMessage(err)
		}
		if err != nil && !EngineLost(err) {
			return ping, backoff.Permanent(err)
		}
		return ping, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(s.ReconnectTime()))
	if err == nil {
		core.Report(ctx, core.ReconnectedEvent{Event: "reconnected", Reason: reason, Seconds: time.Since(began).Seconds()})
	}
	if err != nil && waiting.Err() != nil {
		return core.ContextError(waiting, "")
	}
	return err
}
