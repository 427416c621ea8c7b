package sshconn

import (
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Process is a program on the host in a session of its own.
type Process struct {
	login  *Login
	ch     ssh.Channel
	gone   <-chan struct{}
	status *exitStatus
}

// Command starts a command line, which the user's login shell there interprets. It waits
// while all sessions are in use.
func (c *Connection) Command(ctx context.Context, command string) (*Process, error) {
	o, slot, err := c.sessions.open(ctx)
	if err != nil {
		return nil, err
	}
	p := c.sessions.process(o, slot)
	ok, err := p.request(ctx, "exec", ssh.Marshal(struct{ Command string }{command}))
	if err == nil && ok {
		return p, nil
	}
	p.Close()
	switch {
	case ctx.Err() != nil:
		return nil, core.ContextError(ctx, "starting a command on "+c.opts.Target.Text)
	case p.login.Dropped():
		return nil, p.login.Lost()
	}
	return nil, noSession(p.login.settings, errRefused)
}

// ErrNoSubsystem says that sshd does not have the subsystem.
var ErrNoSubsystem = errors.New("sshd has no such subsystem")

// Subsystem starts a subsystem of the host's sshd.
func (c *Connection) Subsystem(ctx context.Context, name string) (*Process, error) {
	o, slot, err := c.sessions.open(ctx)
	if err != nil {
		return nil, err
	}
	p := c.sessions.process(o, slot)
	ok, err := p.request(ctx, "subsystem", ssh.Marshal(struct{ Name string }{name}))
	if err == nil && ok {
		return p, nil
	}
	p.Close()
	switch {
	case ctx.Err() != nil:
		return nil, core.ContextError(ctx, "opening "+name+" on "+c.opts.Target.Text)
	case p.login.Dropped():
		return nil, p.login.Lost()
	case err != nil && !p.Ended():
		return nil, core.Errorf(core.KindEngineError, "%s on %s does not work: %w", strings.ToUpper(name), p.login.settings.Alias, err)
	}
	return nil, ErrNoSubsystem
}

// request sends a channel request and waits for the answer.
func (p *Process) request(ctx context.Context, name string, payload []byte) (ok bool, err error) {
	stop := guard.OnDone(ctx, func() { _ = p.ch.Close() })
	defer stop()
	return p.ch.SendRequest(name, true, payload)
}

// Process makes it a Session.
func (p *Process) Process() *Process { return p }

// Login is the login over which the program was started.
func (p *Process) Login() *Login { return p.login }

// Channel returns the program's input and standard output, for clients of a protocol.
// Closing it ends the session.
func (p *Process) Channel() io.ReadWriteCloser { return p.ch }

// Done returns a channel that is closed when the program has ended or the connection has
// dropped.
func (p *Process) Done() <-chan struct{} { return p.gone }

// Ended reports whether Done is closed.
func (p *Process) Ended() bool { return isClosed(p.gone) }

// usable reports whether the program still runs, as far as this side knows.
func (p *Process) usable() bool { return !p.login.Dropped() && !p.Ended() }

// Stdin returns the program's input; CloseWrite ends it.
func (p *Process) Stdin() io.Writer  { return p.ch }
func (p *Process) CloseWrite() error { return p.ch.CloseWrite() }

// Stdout and Stderr return the program's outputs. Both must be read to their end.
func (p *Process) Stdout() io.Reader { return p.ch }
func (p *Process) Stderr() io.Reader { return p.ch.Stderr() }

// Wait returns the exit code after the outputs have ended; -1 if a signal ended it.
func (p *Process) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.gone:
	case <-ctx.Done():
		p.Close()
		return -1, core.ContextError(ctx, "waiting for a command on "+p.login.settings.Alias)
	}
	if code := p.status.get(); code >= 0 || !p.login.Dropped() {
		return code, nil
	}
	return -1, p.login.Lost()
}

// Close ends the session: the program's input ends, and its outputs are no longer read.
func (p *Process) Close() {
	guard.Go(func() { _ = p.ch.Close() }, nil)
}
