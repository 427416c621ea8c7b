package sshconn

import (
	"context"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// maxSessions is sshd's default of MaxSessions.
const maxSessions = 10

// sessionPool hands out sessions, at most as many on each login as its sshd allows. Waiting
// callers are served first come, first served.
type sessionPool struct {
	conn *Connection

	mu      sync.Mutex
	slots   []*slots
	waiting []chan *slots
	growing bool
}

// slots are the sessions of one login.
type slots struct {
	login   *Login
	used    int
	limit   int
	expires *time.Timer
}

func (p *sessionPool) add(l *Login) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots = append(p.slots, &slots{login: l, limit: maxSessions})
	p.dispatch()
}

func (p *sessionPool) remove(l *Login) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, s := range p.slots {
		if s.login == l {
			p.slots = append(p.slots[:i:i], p.slots[i+1:]...)
			break
		}
	}
}

// dispatch serves the waiting callers; p.mu is held.
func (p *sessionPool) dispatch() {
	for len(p.waiting) > 0 {
		s := p.free(nil)
		if s == nil {
			return
		}
		p.waiting[0] <- s
		p.waiting = p.waiting[1:]
	}
}

// free takes a free slot, on a given login unless that is nil; p.mu is held.
func (p *sessionPool) free(on *Login) *slots {
	for _, s := range p.slots {
		if (on == nil || s.login == on) && s.used < s.limit && !s.login.Dropped() {
			s.used++
			if s.expires != nil {
				s.expires.Stop()
			}
			return s
		}
	}
	return nil
}

// slotOn takes a slot of this login; nil if there is none.
func (p *sessionPool) slotOn(l *Login) *slots {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.free(l)
}

func (p *sessionPool) release(s *slots) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.used--
	if s.login.extra && s.used == 0 {
		p.endWhenIdle(s)
	}
	p.dispatch()
}

// refused notes that sshd allows fewer sessions than assumed, and reports whether waiting
// helps.
func (p *sessionPool) refused(s *slots) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.limit = min(s.limit, s.used-1)
	return s.limit > 0
}

// acquire waits for a slot of a login that is up.
func (p *sessionPool) acquire(ctx context.Context) (*slots, error) {
	for {
		l, err := p.conn.Use(ctx)
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		if len(p.waiting) == 0 {
			if s := p.free(nil); s != nil {
				p.mu.Unlock()
				return s, nil
			}
		}
		turn := make(chan *slots, 1)
		p.waiting = append(p.waiting, turn)
		p.mu.Unlock()
		p.conn.evictIdle()
		s, err := p.await(ctx, l, turn)
		if s != nil || err != nil {
			return s, err
		}
	}
}

// await returns nil and nil if the connection has dropped meanwhile.
func (p *sessionPool) await(ctx context.Context, l *Login, turn chan *slots) (*slots, error) {
	impatient := time.NewTicker(patience)
	defer impatient.Stop()
	for {
		select {
		case s := <-turn:
			return s, nil
		case <-impatient.C:
			p.grow()
			continue
		case <-l.dropped:
		case <-ctx.Done():
		}
		if s := p.abandon(turn); s != nil {
			p.release(s)
		}
		if ctx.Err() != nil {
			return nil, core.ContextError(ctx, "waiting for an SSH session")
		}
		return nil, nil
	}
}

func (p *sessionPool) abandon(turn chan *slots) *slots {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, t := range p.waiting {
		if t == turn {
			p.waiting = append(p.waiting[:i:i], p.waiting[i+1:]...)
			return nil
		}
	}
	return <-turn
}

// roomy reports whether a login has more than one session left.
func (p *sessionPool) roomy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.slots {
		if s.used+1 < s.limit && !s.login.Dropped() {
			return true
		}
	}
	return false
}

// crowded reports whether a caller waits.
func (p *sessionPool) crowded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0
}

func (p *sessionPool) close() {
	p.mu.Lock()
	slots := p.slots
	p.mu.Unlock()
	for _, s := range slots {
		s.login.drop(core.ClosedError())
	}
}
