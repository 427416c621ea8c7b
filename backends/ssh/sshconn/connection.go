// Package sshconn is one SSH connection to one host, established on first use and
// re-established after it has dropped: login through jump hosts and proxy commands, streams
// to sockets, sessions shared by callers, commands. What runs or listens at the other end is
// its callers' business: it knows nothing of Docker. It imports core and, from backends/ssh,
// hostkeys, identity, loginshell and sshconfig.
package sshconn

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Connection is the SSH connection of one client to one host: made on first use, and
// re-established on the first use after it has dropped. All methods may be called at once.
//
// Locks, the outer one first:
//
//	Connection.mu > attempt.Shared's own
//	Connection.mu > sessionPool.mu
//	Idle.mu > sessionPool.mu
//	Stream.readMu, Stream.writeMu > deadline.mu
//
// Under any other lock (spares.mu, wire.mu, exitStatus.mu, tail.mu) no further one is taken.
// Nothing waits for the network under a lock, except a Stream's reader and writer under
// theirs.
type Connection struct {
	opts Options
	life context.Context // ends with Close
	end  context.CancelCauseFunc

	attempts *attempt.Shared[struct{}] // to connect; after a loss, a series of them

	mu      sync.Mutex
	login   *Login
	status  Status
	changed chan struct{}
	closed  bool
	idle    []idler

	sessions sessionPool
}

// New makes a connection without using the network.
func New(opts Options) *Connection {
	opts = opts.withDefaults()
	c := &Connection{opts: opts, changed: make(chan struct{}), status: Status{State: StateIdle, Since: time.Now()}}
	c.life, c.end = context.WithCancelCause(context.Background())
	c.attempts = attempt.New[struct{}](c.life, nil)
	c.sessions.conn = c
	return c
}

// Options returns those it was made with, with defaults filled in.
func (c *Connection) Options() Options { return c.opts }

// Context ends with Close.
func (c *Connection) Context() context.Context { return c.life }

// Use returns the login that is up. Without one it waits for an attempt, which all callers
// share. Once the host has been reached, every caller waits up to the reconnect timeout: one
// that joins an attempt that began earlier goes on with the next one.
func (c *Connection) Use(ctx context.Context) (*Login, error) {
	until := time.Now().Add(c.opts.ReconnectTimeout)
	for {
		l, wasUp, err := c.up()
		if l != nil || err != nil {
			return l, err
		}
		_, err = c.attempts.Do(ctx, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, c.attempt(ctx, until)
		})
		if err == nil {
			continue
		}
		c.endConnecting()
		var p *guard.Panic
		switch {
		case ctx.Err() != nil:
			return nil, core.ContextError(ctx, "connecting to "+c.opts.Target.Text)
		case errors.As(err, &p):
			return nil, core.Errorf(core.KindInternalError, "connecting: %w", p)
		case !wasUp || permanent(err) || time.Now().Add(firstPause).After(until):
			return nil, err
		}
	}
}

// up returns the login that is up, or nil, and whether one was up before.
func (c *Connection) up() (l *Login, before bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, false, core.ClosedError()
	case c.login != nil && !c.login.Dropped():
		return c.login, true, nil
	}
	return nil, c.wasUp(), nil
}

// Lost returns ConnectionLost if err came from a connection that has dropped, and err
// otherwise.
func (c *Connection) Lost(err error) error {
	if err == nil || core.KindOf(err) != "" {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.login != nil && !c.login.Dropped() {
		return err
	}
	if c.status.Err != nil && core.KindOf(c.status.Err) == core.KindConnectionLost {
		return c.status.Err
	}
	return LostError(c.opts.Target.Text, err)
}

func (c *Connection) onLoss(l *Login) {
	c.sessions.remove(l)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.login != l {
		return
	}
	c.login = nil
	if !c.closed {
		c.setStatus(StateLost, l.Lost())
	}
}

// Close ends the connection. What uses it fails with ConnectionLost, and callers that wait
// for it get ClientClosed.
func (c *Connection) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	l, idle := c.login, c.idle
	c.setStatus(StateClosed, nil)
	c.end(core.ClosedError()) // in the same hold: an attempt settles before, or not at all
	c.mu.Unlock()
	for _, i := range idle {
		i.close()
	}
	c.sessions.close()
	if l != nil {
		l.drop(core.ClosedError())
	}
	return nil
}
