package ssh

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Connection is the SSH connection of one client to one host: made on first use, made
// again on the first use after a loss. All methods may be called at once.
type Connection struct {
	opts Options
	life context.Context // ends with Close
	end  context.CancelCauseFunc

	mu      sync.Mutex
	line    *line
	status  Status
	changed chan struct{}
	closed  bool

	attempts *attempt.Shared[struct{}] // to connect; after a loss, a series of them

	usual    string // the engine's socket where nothing on the host says otherwise
	route    router
	sessions sessionPool
	sftp     idleCache[*sftpClient]
	shells   shells
}

// New makes a connection without using the network.
func New(opts Options) *Connection {
	if opts.ReconnectTimeout <= 0 {
		opts.ReconnectTimeout = defaultReconnectTimeout
	}
	c := &Connection{opts: opts, usual: defaultSocket, changed: make(chan struct{}), status: Status{State: StateIdle, Since: time.Now()}}
	c.life, c.end = context.WithCancelCause(context.Background())
	c.attempts = attempt.New[struct{}](c.life, nil)
	c.route.search = attempt.New(c.life, closeFirst)
	c.sessions.conn = c
	c.sftp.pool, c.sftp.keep = &c.sessions, idleSFTP
	c.shells.pool, c.shells.keep = &c.sessions, readyShell
	return c
}

// use gives the line that is up. Without one it waits for an attempt that it shares with
// all other callers. Once the host has been reached, every caller waits for it for the
// reconnect timeout: who joins an attempt that began earlier goes on with the next one.
func (c *Connection) use(ctx context.Context) (*line, error) {
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
		c.rest()
		var p *guard.Panic
		switch {
		case ctx.Err() != nil:
			return nil, contextError(ctx, "connecting to "+c.opts.Target.Text)
		case errors.As(err, &p):
			return nil, core.Errorf(core.KindInternalError, "connecting: %w", p)
		case !wasUp || permanent(err) || time.Now().Add(firstPause).After(until):
			return nil, err
		}
	}
}

// up gives the line that is up, or nil, and whether one was up before.
func (c *Connection) up() (l *line, before bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, false, errClosed()
	case c.line != nil && !c.line.isDead():
		return c.line, true, nil
	}
	return nil, c.wasUp(), nil
}

// rest notes that nobody tries to connect any longer, unless somebody does.
func (c *Connection) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State == StateConnecting && !c.attempts.Active() {
		c.setStatus(c.restState(), nil)
	}
}

// restState is the state while nobody tries.
func (c *Connection) restState() State {
	if c.wasUp() {
		return StateLost
	}
	return StateIdle
}

// wasUp reports whether the host was reached before: then a failure is one to come
// back, and tried again. c.mu is held.
func (c *Connection) wasUp() bool { return c.status.Epoch > 0 }

// attempt connects once, after a loss until a point in time. What it connects is the
// connection's before the attempt has ended, so that the next attempt finds it.
func (c *Connection) attempt(ctx context.Context, until time.Time) error {
	l, wasUp, err := c.up()
	if l != nil || err != nil {
		return err
	}
	if !wasUp {
		until = time.Time{}
	}
	if !c.connecting(ctx) {
		return context.Cause(ctx)
	}
	l, err = c.connect(ctx, until)
	return c.settle(ctx, l, err)
}

// connecting reports false where everybody has left already.
func (c *Connection) connecting(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	c.setStatus(StateConnecting, nil)
	return true
}

// settle takes over what an attempt has come to.
func (c *Connection) settle(ctx context.Context, l *line, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil { // everybody has left, or the connection was closed
		if l != nil {
			l.fail(context.Canceled)
		}
		return context.Cause(ctx)
	}
	if err != nil {
		c.setStatus(c.restState(), err)
		return err
	}
	c.line = l
	c.status.Epoch++
	c.setStatus(StateUp, nil)
	c.sessions.add(l)
	guard.Go(func() { <-l.dead; c.onLoss(l) }, nil)
	return nil
}

func (c *Connection) onLoss(l *line) {
	c.sessions.drop(l)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line != l {
		return
	}
	c.line = nil
	if !c.closed {
		c.setStatus(StateLost, l.lost())
	}
}

// firstPause is between the first two tries of a series.
const firstPause = 100 * time.Millisecond

// connect tries once, or, after a loss, until a point in time. A host that drops us
// because many log in at once is tried again within the time of one attempt.
func (c *Connection) connect(ctx context.Context, until time.Time) (*line, error) {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval, retry.MaxInterval = firstPause, 5*time.Second
	once := time.Now().Add(c.opts.timeoutOf(nil))
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
			return nil, contextError(ctx, "connecting to "+c.opts.Target.Text)
		}
	}
}

func (c *Connection) connectOnce(ctx context.Context) (*line, error) {
	t := c.opts.Target
	req := sshconfig.Request{Host: t.Host, User: t.User, Port: t.Port, ConfigFile: c.opts.SSH.ConfigFile, Environ: c.opts.Environ}
	settings, err := sshconfig.Resolve(ctx, req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.timeoutOf(settings))
	defer cancel()
	l, err := c.opts.login(ctx, req, settings, 0)
	if err != nil {
		return nil, err
	}
	limit := c.opts.deadPeer(settings)
	guard.Go(func() { l.keepAlive(limit) }, nil)
	return l, nil
}

// deadPeer is after how long without an answer a peer counts as dead.
func (o Options) deadPeer(s *sshconfig.Settings) time.Duration {
	if d := seconds(o.SSH.DeadPeerSeconds); d > 0 {
		return d
	}
	if s.ServerAliveInterval > 0 && s.ServerAliveCountMax > 0 {
		return s.ServerAliveInterval * time.Duration(s.ServerAliveCountMax)
	}
	return defaultDeadPeer
}

// Close ends the connection. What uses it fails with ConnectionLost, who waits for it
// gets ClientClosed.
func (c *Connection) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	l := c.line
	c.setStatus(StateClosed, nil)
	c.end(errClosed()) // in the same hold: an attempt settles before, or not at all
	c.mu.Unlock()
	c.sftp.close()
	c.shells.close()
	c.sessions.close()
	if l != nil {
		l.fail(errClosed())
	}
	return nil
}
