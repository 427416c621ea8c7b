package sshconn

import (
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Session is something that lives in a session on the host.
type Session interface {
	comparable
	Process() *Process
}

// Idle keeps unused sessions for a while, because opening one takes round trips. It ends
// them when a caller has to wait for a session.
type Idle[S Session] struct {
	conn *Connection
	keep time.Duration

	mu     sync.Mutex
	idle   []idleSession[S] // the latest last
	closed bool
}

type idleSession[S Session] struct {
	is    S
	timer *time.Timer
}

// idler is an Idle of any kind.
type idler interface {
	Evict()
	close()
}

// NewIdle makes an Idle for sessions of c, each kept for so long.
func NewIdle[S Session](c *Connection, keep time.Duration) *Idle[S] {
	i := &Idle[S]{conn: c, keep: keep}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, i)
	return i
}

// evictIdle ends the idle sessions because a caller waits for one.
func (c *Connection) evictIdle() {
	c.mu.Lock()
	idle := c.idle
	c.mu.Unlock()
	for _, i := range idle {
		i.Evict()
	}
}

// Take returns the latest usable one; false if there is none.
func (i *Idle[S]) Take() (S, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.idle) > 0 {
		last := i.idle[len(i.idle)-1]
		i.idle = i.idle[:len(i.idle)-1]
		last.timer.Stop()
		if last.is.Process().usable() {
			return last.is, true
		}
		last.is.Process().Close()
	}
	var none S
	return none, false
}

// Put keeps s, or ends it if it is of no use or somebody waits for a session.
func (i *Idle[S]) Put(s S) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || !s.Process().usable() || i.conn.sessions.crowded() {
		s.Process().Close()
		return
	}
	timer := guard.AfterFunc(i.keep, func() { i.expire(s) })
	i.idle = append(i.idle, idleSession[S]{s, timer})
}

func (i *Idle[S]) expire(s S) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for n, other := range i.idle {
		if other.is == s {
			i.idle = append(i.idle[:n:n], i.idle[n+1:]...)
			s.Process().Close()
			return
		}
	}
}

// empty reports whether none is kept.
func (i *Idle[S]) empty() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.idle) == 0
}

// Evict ends all sessions.
func (i *Idle[S]) Evict() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, s := range i.idle {
		s.timer.Stop()
		s.is.Process().Close()
	}
	i.idle = nil
}

// close ends all sessions, now and later.
func (i *Idle[S]) close() {
	i.mu.Lock()
	i.closed = true
	i.mu.Unlock()
	i.Evict()
}
