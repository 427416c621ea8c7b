package sshconn

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// endConnecting sets the state after the last caller has left, unless another attempt has
// begun since.
func (c *Connection) endConnecting() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State == StateConnecting && !c.attempts.Active() {
		c.setStatus(c.downState(), nil)
	}
}

// downState is the state without a connection or an attempt.
func (c *Connection) downState() State {
	if c.wasUp() {
		return StateLost
	}
	return StateIdle
}

// wasUp reports whether the host was reached before: failures are retried then. c.mu is
// held.
func (c *Connection) wasUp() bool { return c.status.Epoch > 0 }

// attempt connects once or, after a loss, until a point in time. It settles before it ends,
// so that the next attempt finds the login.
func (c *Connection) attempt(ctx context.Context, until time.Time) error {
	l, wasUp, err := c.up()
	if l != nil || err != nil {
		return err
	}
	if !wasUp {
		until = time.Time{}
	}
	if !c.beginConnecting(ctx) {
		return context.Cause(ctx)
	}
	l, err = c.connect(ctx, until)
	return c.settle(ctx, l, err)
}

// beginConnecting sets the state; it reports false if all callers have left already.
func (c *Connection) beginConnecting(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	c.setStatus(StateConnecting, nil)
	return true
}

// settle records the result of an attempt.
func (c *Connection) settle(ctx context.Context, l *Login, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil { // all callers have left, or the connection was closed
		if l != nil {
			l.drop(context.Canceled)
		}
		return context.Cause(ctx)
	}
	if err != nil {
		c.setStatus(c.downState(), err)
		return err
	}
	c.login = l
	c.status.Epoch++
	c.setStatus(StateUp, nil)
	c.sessions.add(l)
	guard.Go(func() { <-l.dropped; c.onLoss(l) }, nil)
	return nil
}

// firstPause is the pause between the first two tries of a series.
const firstPause = 100 * time.Millisecond

// connect tries once or, after a loss, until a point in time. A host that drops us because
// many log in at once is tried again within the time of one attempt.
func (c *Connection) connect(ctx context.Context, until time.Time) (*Login, error) {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval, retry.MaxInterval = firstPause, 5*time.Second
	once := time.Now().Add(c.opts.AttemptTime(nil))
	for {
		l, err := c.connectOnce(ctx)
		if err == nil {
			return l, nil
		}
		end := until
		if errors.Is(err, errDropped) && once.After(end) {
			end = once
		}
		wait := retry.NextBackOff()
		if ctx.Err() != nil || permanent(err) || time.Now().Add(wait).After(end) {
			return nil, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, core.ContextError(ctx, "connecting to "+c.opts.Target.Text)
		}
	}
}

func (c *Connection) connectOnce(ctx context.Context) (*Login, error) {
	t := c.opts.Target
	req := sshconfig.Request{Host: t.Host, User: t.User, Port: t.Port, ConfigFile: c.opts.SSH.ConfigFile, Environ: c.opts.Environ}
	settings, err := sshconfig.Resolve(ctx, req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.AttemptTime(settings))
	defer cancel()
	l, err := c.opts.logIn(ctx, req, settings, 0)
	if err != nil {
		return nil, beforeLogin(err)
	}
	limit := c.opts.deadPeer(settings)
	guard.Go(func() { l.keepAlive(limit) }, nil)
	return l, nil
}
