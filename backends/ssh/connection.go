package ssh

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
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
	attempt *attempt
	status  Status
	changed chan struct{}
	closed  bool

	usual    string // the engine's socket where nothing on the host says otherwise
	route    router
	sessions sessionPool
	sftp     idleCache[*sftpClient]
	shells   shells
}

// attempt is one try (after a loss: one series of tries) that all callers share.
type attempt struct {
	cancel  context.CancelCauseFunc
	waiters int
	done    chan struct{}
	err     error
}

// New makes a connection without using the network.
func New(opts Options) *Connection {
	if opts.ReconnectTimeout <= 0 {
		opts.ReconnectTimeout = defaultReconnectTimeout
	}
	c := &Connection{opts: opts, usual: defaultSocket, changed: make(chan struct{}), status: Status{State: StateIdle, Since: time.Now()}}
	c.life, c.end = context.WithCancelCause(context.Background())
	c.sessions.conn = c
	c.sftp.pool, c.sftp.keep = &c.sessions, idleSFTP
	c.shells.pool, c.shells.keep = &c.sessions, readyShell
	return c
}

// use gives the line that is up. Without one it waits for an attempt, which it starts
// unless another caller has; the attempt ends when nobody waits for it any more. Once
// the host has been reached, every caller waits for it for the reconnect timeout: who
// joins an attempt that began earlier goes on with the next one.
func (c *Connection) use(ctx context.Context) (*line, error) {
	until := time.Now().Add(c.opts.ReconnectTimeout)
	for {
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return nil, errClosed()
		}
		if c.line != nil && !c.line.isDead() {
			defer c.mu.Unlock()
			return c.line, nil
		}
		if c.attempt == nil {
			c.start(until)
		}
		a := c.attempt
		a.waiters++
		again := c.wasUp()
		c.mu.Unlock()
		select {
		case <-a.done:
			if a.err != nil && (!again || permanent(a.err) || time.Now().Add(firstPause).After(until)) {
				return nil, a.err
			}
		case <-ctx.Done():
			c.leave(a)
			return nil, contextError(ctx, "connecting to "+c.opts.Target.Text)
		}
	}
}

func (c *Connection) leave(a *attempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.waiters--; a.waiters == 0 && c.attempt == a {
		c.attempt = nil
		a.cancel(context.Canceled)
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

// start begins an attempt, after a loss a series of them until a point in time; c.mu is
// held.
func (c *Connection) start(until time.Time) {
	ctx, cancel := context.WithCancelCause(context.Background())
	a := &attempt{cancel: cancel, done: make(chan struct{})}
	c.attempt = a
	if !c.wasUp() {
		until = time.Time{}
	}
	c.setStatus(StateConnecting, nil)
	guard.Go(func() {
		l, err := c.connect(ctx, until)
		c.finish(a, l, err)
	}, func(p *guard.Panic) {
		c.finish(a, nil, core.Errorf(core.KindInternalError, "connecting: %w", p))
	})
}

func (c *Connection) finish(a *attempt, l *line, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(a.done)
	defer a.cancel(nil)
	a.err = err
	if c.attempt != a || c.closed { // everybody has left
		if l != nil {
			l.fail(context.Canceled)
		}
		if a.err == nil && c.closed {
			a.err = errClosed()
		}
		return
	}
	c.attempt = nil
	if err != nil {
		c.setStatus(c.restState(), err)
		return
	}
	c.line = l
	c.status.Epoch++
	c.setStatus(StateUp, nil)
	c.sessions.add(l)
	guard.Go(func() { <-l.dead; c.onLoss(l) }, nil)
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
	l, a := c.line, c.attempt
	c.setStatus(StateClosed, nil)
	c.mu.Unlock()
	c.end(errClosed())
	if a != nil {
		a.cancel(errClosed())
	}
	c.sftp.close()
	c.shells.close()
	c.sessions.close()
	if l != nil {
		l.fail(errClosed())
	}
	return nil
}
