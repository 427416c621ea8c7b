package ssh

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
)

// DialEngine opens a byte stream to the engine. It connects first where that is
// needed, and waits until a lost connection is re-established. Its errors are *core.Error.
func (h *Host) DialEngine(ctx context.Context) (net.Conn, error) {
	started := time.Now()
	for {
		l, err := h.Use(ctx)
		if err != nil {
			return nil, err
		}
		conn, err := h.dialOver(ctx, l)
		// Opening a stream changes nothing on the host: it may be done again.
		if err == nil || ctx.Err() != nil || !l.Dropped() || h.isClosed() || time.Since(started) > h.opts.ReconnectTimeout {
			return conn, h.whenClosed(err)
		}
	}
}

func (h *Host) isClosed() bool { return h.Context().Err() != nil }

func (h *Host) whenClosed(err error) error {
	if err != nil && h.isClosed() {
		return core.ClosedError()
	}
	return err
}

func (h *Host) dialOver(ctx context.Context, l *sshconn.Login) (net.Conn, error) {
	by, first, err := h.route.find(ctx, h, l)
	if err != nil {
		return nil, err
	}
	if by.socket == "" {
		if first != nil {
			return first, nil
		}
		return h.dialStdio(ctx, by, true)
	}
	h.EnableNoDelay(l)
	if first != nil {
		l.KeepSpares(by.socket)
		return first, nil
	}
	stream, err := l.DialSocket(ctx, by.socket)
	switch {
	case err == nil:
		return stream, nil
	case !sshconn.IsRejected(err):
		return nil, err
	}
	// What worked before no longer does: say why, and search again next time.
	h.route.forget(by)
	return nil, h.explainSocket(ctx, l, by.socket)
}

// explainSocket says why a socket that was usable before, or was named, cannot be used.
func (h *Host) explainSocket(ctx context.Context, l *sshconn.Login, path string) error {
	seen, err := h.look(ctx, path)
	if err != nil && core.KindOf(err) != core.KindEngineUnreachable {
		return err
	}
	return seen.problem(l.Settings(), path)
}

// DialTCP connects to an address as the host does, by sshd's forwarding. Unlike DialEngine it
// tries once: who calls it has another way.
func (h *Host) DialTCP(ctx context.Context, address string) (io.ReadWriteCloser, error) {
	l, err := h.Use(ctx)
	if err != nil {
		return nil, err
	}
	return l.OpenTCP(ctx, address)
}
