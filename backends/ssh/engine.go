package ssh

import (
	"context"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
)

// DialEngine opens a byte stream to the engine. It connects first where that is
// needed, and waits for a lost line to come back. Its errors are *core.Error.
func (c *Connection) DialEngine(ctx context.Context) (net.Conn, error) {
	started := time.Now()
	for {
		l, err := c.use(ctx)
		if err != nil {
			return nil, err
		}
		conn, err := c.dialOver(ctx, l)
		// Opening a stream changes nothing on the host: it may be done again.
		if err == nil || ctx.Err() != nil || !l.isDead() || c.isClosed() || time.Since(started) > c.opts.ReconnectTimeout {
			return conn, c.whenClosed(err)
		}
	}
}

func (c *Connection) isClosed() bool { return c.life.Err() != nil }

func (c *Connection) whenClosed(err error) error {
	if err != nil && c.isClosed() {
		return errClosed()
	}
	return err
}

func (c *Connection) dialOver(ctx context.Context, l *line) (net.Conn, error) {
	way, first, err := c.route.find(ctx, c, l)
	if err != nil {
		return nil, err
	}
	if way.socket != "" {
		c.quicken(l)
	}
	if first != nil {
		if way.socket != "" {
			l.spares.refill(l, way.socket)
		}
		return first, nil
	}
	if way.socket == "" {
		return c.dialStdio(ctx, way, true)
	}
	if conn := l.spares.take(l, way.socket); conn != nil {
		return conn, nil
	}
	conn, err := l.openSocket(ctx, way.socket)
	if err != nil {
		if !isRejected(err) {
			return nil, err
		}
		// What worked before does not: say why, and look anew next time.
		c.route.forget(way)
		return nil, c.explainSocket(ctx, l, way.socket)
	}
	return conn, nil
}

// openSocket opens a stream-local forwarding channel.
func (l *line) openSocket(ctx context.Context, path string) (*channelConn, error) {
	o := l.open(ctx, "direct-streamlocal@openssh.com", ssh.Marshal(struct {
		Path     string
		Reserved string
		Zero     uint32
	}{Path: path}))
	if o.err != nil {
		return nil, o.err
	}
	return newChannelConn(l, o, &net.UnixAddr{Name: path, Net: "unix"}, nil, 0), nil
}

// explainSocket says why a socket that exists in the configuration cannot be used.
func (c *Connection) explainSocket(ctx context.Context, l *line, path string) error {
	seen, err := c.look(ctx, path)
	if err != nil && core.KindOf(err) != core.KindEngineUnreachable {
		return err
	}
	return seen.problem(l.settings, path)
}
