package ssh

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// readyShell is for how long a shell is kept ready.
const readyShell = time.Minute

// waitingShell runs the line that comes by its stdin. What comes after that line is the
// command's: read takes no byte more.
const waitingShell = `IFS= read -r line && eval "$line"`

// shellCache keeps one shell on the host ready after a script has run, for the next one:
// that saves two round trips, and what the login shell of the user there does before it
// runs a command, which can take longer than the command.
type shellCache struct {
	conn *Connection

	mu     sync.Mutex
	ready  *Process
	timer  *time.Timer
	making bool
	closed bool
}

// Script starts a line for sh on the host. Where it ran in a shell that was ready, the
// host may have ended that meanwhile: then nothing was done.
func (c *Connection) Script(ctx context.Context, line string) (p *Process, ready bool, err error) {
	if !strings.Contains(line, "\n") {
		if p := c.shells.take(); p != nil {
			if _, err := p.Stdin().Write([]byte(line + "\n")); err == nil {
				return p, true, nil
			}
			p.Close()
		}
	}
	p, err = c.Command(ctx, "exec sh -c "+quote(line))
	return p, false, err
}

func (s *shellCache) take() *Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.ready
	s.ready = nil
	if p == nil {
		return nil
	}
	s.timer.Stop()
	if p.line.isDead() || isClosed(p.gone) {
		p.Close()
		return nil
	}
	return p
}

// prepare makes a shell ready in the background, where sessions are left.
func (s *shellCache) prepare() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready != nil || s.making || s.closed || !s.conn.sessions.roomy() {
		return
	}
	s.making = true
	guard.Go(func() {
		p, err := s.conn.Command(s.conn.life, "exec sh -c "+quote(waitingShell))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.making = false
		switch {
		case err != nil: // whoever needs a shell finds out why
		case s.closed || s.conn.sessions.crowded():
			p.Close()
		default:
			s.ready = p
			s.timer = time.AfterFunc(readyShell, func() { s.expire(p) })
		}
	}, func(*guard.Panic) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.making = false
	})
}

func (s *shellCache) expire(p *Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready == p {
		s.ready = nil
		p.Close()
	}
}

// evict ends the shell, because somebody waits for a session.
func (s *shellCache) evict() {
	if p := s.take(); p != nil {
		p.Close()
	}
}

func (s *shellCache) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.evict()
}
