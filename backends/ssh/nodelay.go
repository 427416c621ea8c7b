package ssh

import (
	"context"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// OpenSSH's sshd sets TCP_NODELAY on a connection when it starts the first program over
// it. Until then a small packet waits until the one before has been acknowledged, which
// costs streams to the engine a round trip for each answer that comes in two packets.

// quicken has a line that carries streams start one program, which does nothing, unless
// it has started one already. Nobody waits for it.
func (c *Connection) quicken(l *line) {
	if !l.quick.CompareAndSwap(false, true) {
		return
	}
	place := c.sessions.placeOn(l)
	if place == nil {
		return
	}
	guard.Go(func() {
		ctx, cancel := context.WithTimeout(c.life, c.opts.timeoutOf(l.settings))
		defer cancel()
		o := l.open(ctx, "session", nil)
		if o.err != nil {
			c.sessions.release(place) // this sshd has no sessions: it is slower then
			return
		}
		p := c.sessions.process(o, place)
		defer p.Close()
		_, _ = p.request(ctx, "exec", ssh.Marshal(struct{ Command string }{"true"}))
		_, _ = p.Wait(ctx) // sshd counts a session that is closed until its program has ended
	}, nil)
}
