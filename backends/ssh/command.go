package ssh

import (
	"context"
	"errors"
	"io"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Process is a program on the host in a session of its own.
type Process struct {
	line   *line
	ch     ssh.Channel
	gone   <-chan struct{}
	status *exitStatus
}

// Command starts a command line, as the user's login shell there understands it. It
// waits while all sessions are in use.
func (c *Connection) Command(ctx context.Context, command string) (*Process, error) {
	o, place, err := c.sessions.open(ctx)
	if err != nil {
		return nil, err
	}
	p := c.sessions.process(o, place)
	ok, err := p.request(ctx, "exec", ssh.Marshal(struct{ Command string }{command}))
	if err == nil && ok {
		return p, nil
	}
	p.Close()
	switch {
	case ctx.Err() != nil:
		return nil, contextError(ctx, "starting a command on "+c.opts.Target.Text)
	case place.line.isDead():
		return nil, place.line.lost()
	}
	return nil, noSession(place.line.settings, errExecRefused)
}

// request sends a channel request and waits for the answer.
func (p *Process) request(ctx context.Context, name string, payload []byte) (ok bool, err error) {
	stop := guard.OnDone(ctx, func() { _ = p.ch.Close() })
	defer stop()
	return p.ch.SendRequest(name, true, payload)
}

// Stdin is the program's input; CloseWrite ends it.
func (p *Process) Stdin() io.Writer  { return p.ch }
func (p *Process) CloseWrite() error { return p.ch.CloseWrite() }

// Stdout and Stderr are the program's outputs. Both must be read to their end.
func (p *Process) Stdout() io.Reader { return p.ch }
func (p *Process) Stderr() io.Reader { return p.ch.Stderr() }

// Wait gives the exit code after the outputs have ended; -1 where a signal ended it.
func (p *Process) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.gone:
	case <-ctx.Done():
		p.Close()
		return -1, contextError(ctx, "waiting for a command on "+p.line.settings.Alias)
	}
	if code := p.status.get(); code >= 0 || !p.line.isDead() {
		return code, nil
	}
	return -1, p.line.lost()
}

// Close lets go of the program: its outputs are no longer read, its input has ended.
func (p *Process) Close() {
	guard.Go(func() { _ = p.ch.Close() }, nil)
}

// maxOutput bounds each output of a command, in bytes.
const maxOutput = bounded.Limit / 2

// Output runs a command to its end and gives its outputs, which may not be larger than
// maxOutput.
func (c *Connection) Output(ctx context.Context, command string, stdin []byte) (stdout, stderr []byte, code int, err error) {
	p, err := c.Command(ctx, command)
	if err != nil {
		return nil, nil, -1, err
	}
	defer p.Close()
	stop := guard.OnDone(ctx, func() { p.Close() })
	defer stop()
	guard.Go(func() {
		_, _ = p.ch.Write(stdin)
		_ = p.ch.CloseWrite()
	}, nil)
	problems, out := &bounded.Buffer{What: "the errors of a command", Limit: maxOutput}, &bounded.Buffer{What: "the output of a command", Limit: maxOutput}
	read, copied := make(chan struct{}), make(chan struct{})
	collect := func(to *bounded.Buffer, from io.Reader, done chan struct{}) {
		guard.Go(func() {
			defer close(done)
			if _, _ = io.Copy(to, from); to.Err() != nil {
				p.Close()
			}
		}, nil)
	}
	collect(problems, p.Stderr(), read)
	collect(out, p.Stdout(), copied)
	for _, done := range []chan struct{}{copied, read} {
		select {
		case <-done:
		case <-ctx.Done():
			return nil, nil, -1, contextError(ctx, "running a command on "+c.opts.Target.Text)
		}
	}
	if over := errors.Join(out.Err(), problems.Err()); over != nil {
		return nil, nil, -1, over
	}
	code, err = p.Wait(ctx)
	return out.Bytes(), problems.Bytes(), code, err
}
