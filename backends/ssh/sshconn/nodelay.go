package sshconn

import (
	"context"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// OpenSSH's sshd sets TCP_NODELAY on a connection when it starts the first program over
// it. Until then, a small packet waits until the previous one has been acknowledged, which
// costs a stream a round trip for each answer that takes two packets.

// EnableNoDelay makes sshd set TCP_NODELAY on the connection of a login: it starts a program
// that does nothing, unless one was started before. It does not wait for that.
func (c *Connection) EnableNoDelay(l *Login) {
	if !l.noDelay.CompareAndSwap(false, true) {
		return
	}
	slot := c.sessions.slotOn(l)
	if slot == nil {
		return
	}
	guard.Go(func() {
		ctx, cancel := context.WithTimeout(c.life, c.opts.AttemptTime(l.settings))
		defer cancel()
		o := l.open(ctx, "session", nil)
		if o.err != nil {
			c.sessions.release(slot) // this sshd gives no sessions: streams are slower then
			return
		}
		p := c.sessions.process(o, slot)
		defer p.Close()
		_, _ = p.request(ctx, "exec", ssh.Marshal(struct{ Command string }{"true"}))
		_, _ = p.Wait(ctx) // sshd counts a closed session until its program has ended
	}, nil)
}
