package sshconn

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/loginshell"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// shellIdle is how long a shell is kept ready.
const shellIdle = time.Minute

// Shells keeps one shell on the host ready after a script has run, for the next one: that
// saves two round trips, and the start of the user's login shell there, which can take
// longer than the command.
type Shells struct {
	*Idle[*Process]
	conn   *Connection
	making atomic.Bool
}

// NewShells returns a store without a shell.
func NewShells(c *Connection) *Shells {
	return &Shells{Idle: NewIdle[*Process](c, shellIdle), conn: c}
}

// Run starts a script for sh on the host. If it ran in a shell that was ready, the host may
// have ended that meanwhile: then nothing was done.
func (s *Shells) Run(ctx context.Context, script string) (p *Process, ready bool, err error) {
	if p, ok := s.Take(); ok {
		if _, err := io.WriteString(p.Stdin(), loginshell.Line(script)); err == nil {
			return p, true, nil
		}
		p.Close()
	}
	command, first := loginshell.Command(script)
	p, err = s.conn.Command(ctx, command)
	if err == nil && first != "" {
		_, err = io.WriteString(p.Stdin(), first)
	}
	return p, false, err
}

// Prepare makes a shell ready in the background, if sessions are left.
func (s *Shells) Prepare() {
	if !s.empty() || !s.conn.sessions.roomy() || !s.making.CompareAndSwap(false, true) {
		return
	}
	guard.Go(func() {
		defer s.making.Store(false)
		if p, err := s.conn.Command(s.conn.life, loginshell.Reader); err == nil { // whoever needs a shell gets the error
			s.Put(p)
		}
	}, nil)
}
