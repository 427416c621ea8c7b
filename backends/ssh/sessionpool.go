package ssh

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// sshd's default of MaxSessions, and how the pool gets by with it.
const (
	maxSessions = 10
	// A caller who has waited this long gets another login: sessions may be held for
	// hours (dial-stdio), and who holds one may need a second one to go on.
	patience = 150 * time.Millisecond
	maxLines = 32
	// idleLine is after how long without a session an additional login ends.
	idleLine = 30 * time.Second
)

// sessionPool hands out sessions in the order of asking, at most as many on each line
// as its sshd allows.
type sessionPool struct {
	conn *Connection

	mu      sync.Mutex
	slots   []*slots
	waiting []chan *slots
	growing bool
}

// slots are the sessions of one line.
type slots struct {
	line    *line
	used    int
	limit   int
	expires *time.Timer
}

func (p *sessionPool) add(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots = append(p.slots, &slots{line: l, limit: maxSessions})
	p.dispatch()
}

func (p *sessionPool) drop(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, s := range p.slots {
		if s.line == l {
			p.slots = append(p.slots[:i:i], p.slots[i+1:]...)
			break
		}
	}
}

// dispatch serves who waits longest; p.mu is held.
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

// free takes a free place, on one line where that matters; p.mu is held.
func (p *sessionPool) free(on *line) *slots {
	for _, s := range p.slots {
		if (on == nil || s.line == on) && s.used < s.limit && !s.line.isDead() {
			s.used++
			if s.expires != nil {
				s.expires.Stop()
			}
			return s
		}
	}
	return nil
}

// placeOn takes a place on this line; nil where there is none.
func (p *sessionPool) placeOn(l *line) *slots {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.free(l)
}

func (p *sessionPool) release(s *slots) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.used--
	if s.line.extra && s.used == 0 {
		s.expires = guard.AfterFunc(idleLine, func() {
			p.mu.Lock()
			idle := s.used == 0
			if idle {
				s.limit = 0
			}
			p.mu.Unlock()
			if idle {
				s.line.fail(context.Canceled)
			}
		})
	}
	p.dispatch()
}

// refused notes that sshd takes fewer sessions than assumed. It tells whether waiting helps.
func (p *sessionPool) refused(s *slots) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.limit = min(s.limit, s.used-1)
	return s.limit > 0
}

// acquire waits for a place on a line that is up.
func (p *sessionPool) acquire(ctx context.Context) (*slots, error) {
	for {
		l, err := p.conn.use(ctx)
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
		p.conn.sftp.evict()
		p.conn.shells.evict()
		s, err := p.await(ctx, l, turn)
		if s != nil || err != nil {
			return s, err
		}
	}
}

// await gives nil and nil when the line was lost meanwhile.
func (p *sessionPool) await(ctx context.Context, l *line, turn chan *slots) (*slots, error) {
	impatient := time.NewTicker(patience)
	defer impatient.Stop()
	for {
		select {
		case s := <-turn:
			return s, nil
		case <-impatient.C:
			p.grow()
			continue
		case <-l.dead:
		case <-ctx.Done():
		}
		if s := p.abandon(turn); s != nil {
			p.release(s)
		}
		if ctx.Err() != nil {
			return nil, contextError(ctx, "waiting for an SSH session")
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

// grow makes another login in the background; one at a time.
func (p *sessionPool) grow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.growing || len(p.slots) >= maxLines || len(p.waiting) == 0 {
		return
	}
	p.growing = true
	done := func(l *line) {
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
		guard.Go(func() { <-l.dead; p.drop(l) }, nil)
		done(l)
	}, func(*guard.Panic) { done(nil) })
}

// roomy tells whether more than one session is left on a line.
func (p *sessionPool) roomy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.slots {
		if s.used+1 < s.limit && !s.line.isDead() {
			return true
		}
	}
	return false
}

// crowded tells whether somebody waits.
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
		s.line.fail(errClosed())
	}
}

// open gives a session channel and its place.
func (p *sessionPool) open(ctx context.Context) (opened, *slots, error) {
	for {
		s, err := p.acquire(ctx)
		if err != nil {
			return opened{}, nil, err
		}
		o := s.line.open(ctx, "session", nil)
		switch {
		case o.err == nil:
			s.line.quick.Store(true)
			return o, s, nil
		case isRejected(o.err) && p.refused(s):
			p.release(s)
			continue
		case o.left != nil:
			p.releaseWhenGone(s, o.left)
		default:
			p.release(s)
		}
		if core.KindOf(o.err) == core.KindConnectionLost && ctx.Err() == nil {
			continue
		}
		if isRejected(o.err) {
			return opened{}, nil, noSession(s.line.settings, o.err)
		}
		return opened{}, nil, o.err
	}
}

// errNoCommands marks that sshd lets a user run no command at all.
var errNoCommands = errors.New("no commands")

func noSession(s *sshconfig.Settings, why error) error {
	err := core.Errorf(core.KindEngineUnreachable, "the sshd of %s gives %s no session (%s): its MaxSessions or a ForceCommand may forbid it", s.Alias, s.User, why)
	err.Err = errNoCommands
	return err
}

// process takes over a session that was opened.
func (p *sessionPool) process(o opened, place *slots) *Process {
	gone, status := drain(o.requests)
	p.releaseWhenGone(place, gone)
	return &Process{line: place.line, ch: o.ch, gone: gone, status: status}
}

// releaseWhenGone gives the place back when sshd counts the session no more. That is not
// yet when it has closed the channel: it forgets the session after it has worked off what
// came with our answer to that, which could be the next session's request.
func (p *sessionPool) releaseWhenGone(s *slots, gone <-chan struct{}) {
	guard.Go(func() {
		select {
		case <-gone:
			_ = s.line.echo()
		case <-s.line.dead:
		}
		p.release(s)
	}, nil)
}

// drain answers a session's requests and tells when it is gone, and the exit status.
func drain(requests <-chan *ssh.Request) (gone <-chan struct{}, status *exitStatus) {
	done := make(chan struct{})
	status = &exitStatus{code: -1}
	guard.Go(func() {
		defer close(done)
		for r := range requests {
			status.note(r)
			if r.WantReply {
				_ = r.Reply(false, nil)
			}
		}
	}, nil)
	return done, status
}

// exitStatus is what a session's program ended with; -1 where a signal or the line ended it.
type exitStatus struct {
	mu   sync.Mutex
	code int
}

func (e *exitStatus) note(r *ssh.Request) {
	if r.Type != "exit-status" {
		return
	}
	var message struct{ Status uint32 }
	if ssh.Unmarshal(r.Payload, &message) == nil {
		e.mu.Lock()
		e.code = int(message.Status)
		e.mu.Unlock()
	}
}

func (e *exitStatus) get() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.code
}
