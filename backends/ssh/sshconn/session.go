package sshconn

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// open opens a session channel, and returns it with its slot.
func (p *sessionPool) open(ctx context.Context) (opened, *slots, error) {
	for {
		s, err := p.acquire(ctx)
		if err != nil {
			return opened{}, nil, err
		}
		o := s.login.open(ctx, "session", nil)
		switch {
		case o.err == nil:
			s.login.noDelay.Store(true)
			return o, s, nil
		case IsRejected(o.err) && p.refused(s):
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
		if IsRejected(o.err) {
			return opened{}, nil, noSession(s.login.settings, o.err)
		}
		return opened{}, nil, o.err
	}
}

// ErrNoCommands is the cause of an error if sshd lets the user run no commands at all.
var ErrNoCommands = errors.New("no commands")

var errRefused = errors.New("the request was refused")

func noSession(s *sshconfig.Settings, why error) error {
	err := core.Errorf(core.KindEngineUnreachable, "the sshd of %s gives %s no session (%s): its MaxSessions or a ForceCommand may be the reason", s.Alias, s.User, why)
	err.Err = ErrNoCommands
	return err
}

// process takes over an opened session.
func (p *sessionPool) process(o opened, slot *slots) *Process {
	gone, status := drain(o.requests)
	p.releaseWhenGone(slot, gone)
	return &Process{login: slot.login, ch: o.ch, gone: gone, status: status}
}

// releaseWhenGone gives the slot back when sshd no longer counts the session. That is
// later than when it closes the channel: it forgets the session only after it has handled
// what came with our answer to that, which could be the next session's request.
func (p *sessionPool) releaseWhenGone(s *slots, gone <-chan struct{}) {
	guard.Go(func() {
		select {
		case <-gone:
			_ = s.login.echo()
		case <-s.login.dropped:
		}
		p.release(s)
	}, nil)
}

// drain answers a session's requests, closes gone at their end, and keeps the exit status.
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

// exitStatus is the exit code of a session's program; -1 if a signal ended it or the
// connection dropped.
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
