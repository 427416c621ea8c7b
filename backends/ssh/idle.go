package ssh

import (
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// inSession is something that lives in a session on the host.
type inSession interface {
	comparable
	session() *Process
}

// idleCache keeps sessions that nobody uses at the moment for a while, latest last:
// opening one takes round trips.
type idleCache[S inSession] struct {
	pool *sessionPool
	keep time.Duration

	mu     sync.Mutex
	idle   []idleSession[S]
	closed bool
}

type idleSession[S inSession] struct {
	is    S
	timer *time.Timer
}

// usable tells whether the program in a session still runs, as far as is known here.
func (p *Process) usable() bool { return !p.line.isDead() && !isClosed(p.gone) }

func (p *Process) session() *Process { return p }

// take gives the latest that is usable; false where there is none.
func (c *idleCache[S]) take() (S, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.idle) > 0 {
		last := c.idle[len(c.idle)-1]
		c.idle = c.idle[:len(c.idle)-1]
		last.timer.Stop()
		if last.is.session().usable() {
			return last.is, true
		}
		last.is.session().Close()
	}
	var none S
	return none, false
}

// put keeps one, or ends it where that is of no use or somebody waits for a session.
func (c *idleCache[S]) put(s S) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !s.session().usable() || c.pool.crowded() {
		s.session().Close()
		return
	}
	timer := guard.AfterFunc(c.keep, func() { c.expire(s) })
	c.idle = append(c.idle, idleSession[S]{s, timer})
}

func (c *idleCache[S]) expire(s S) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.idle {
		if other.is == s {
			c.idle = append(c.idle[:i:i], c.idle[i+1:]...)
			s.session().Close()
			return
		}
	}
}

// empty tells whether none is kept.
func (c *idleCache[S]) empty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.idle) == 0
}

// evict ends all, because somebody waits for a session.
func (c *idleCache[S]) evict() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.idle {
		s.timer.Stop()
		s.is.session().Close()
	}
	c.idle = nil
}

// close ends all, now and later.
func (c *idleCache[S]) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.evict()
}
