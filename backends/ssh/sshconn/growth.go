package sshconn

import (
	"context"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Where sshd's limit is too low, the pool makes additional logins.
const (
	// patience is how long a caller waits before another login is made: a session may be in
	// use for hours (dial-stdio), and its user may need a second one to go on.
	patience  = 150 * time.Millisecond
	maxLogins = 32
	// idleLogin is how long an additional login without a session is kept.
	idleLogin = 30 * time.Second
)

// grow makes another login in the background, one at a time.
func (p *sessionPool) grow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.growing || len(p.slots) >= maxLogins || len(p.waiting) == 0 {
		return
	}
	p.growing = true
	done := func(l *Login) {
		p.mu.Lock()
		p.growing = false
		p.mu.Unlock()
		if l != nil {
			p.add(l)
		}
	}
	guard.Go(func() {
		l, err := p.conn.connectOnce(p.conn.life)
		if err != nil {
			done(nil)
			return
		}
		l.extra = true
		guard.Go(func() { <-l.dropped; p.remove(l) }, nil)
		done(l)
	}, func(*guard.Panic) { done(nil) })
}

// endWhenIdle ends an additional login that has no session for a while; p.mu is held.
func (p *sessionPool) endWhenIdle(s *slots) {
	s.expires = guard.AfterFunc(idleLogin, func() {
		p.mu.Lock()
		idle := s.used == 0
		if idle {
			s.limit = 0
		}
		p.mu.Unlock()
		if idle {
			s.login.drop(context.Canceled)
		}
	})
}
