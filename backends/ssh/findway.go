package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// findWay finds the engine that the target names, or else the one that the user's docker
// command on the host would use. It opens the likeliest socket while it looks at the host:
// either takes a round trip or two.
func (h *Host) findWay(ctx context.Context, l *sshconn.Login) (way, net.Conn, error) {
	if path := h.opts.Target.Path; path != "" {
		return h.openOrExplain(ctx, l, path, nil)
	}
	opening := openPinged(ctx, l, h.usual)
	seen, lookErr := h.look(ctx, "")
	guess := <-opening
	if guess.err != nil && !sshconn.IsRejected(guess.err) {
		return way{}, nil, guess.err
	}
	if lookErr != nil {
		return h.withoutLook(ctx, l, guess, lookErr)
	}
	socket, found := seen.choose()
	if guess.err == nil {
		if socket == h.usual {
			return way{socket: socket}, guess.conn, nil
		}
		_ = guess.conn.Close()
	}
	switch {
	case !found:
		return way{}, nil, seen.problem(l.Settings(), "")
	case socket == "":
		return h.tryStdio(ctx, l, "", seen)
	}
	if there := seen.socket(socket); there != nil && !there.usable {
		return h.afterRefusal(ctx, l, socket, guess.err, &seen)
	}
	return h.openOrExplain(ctx, l, socket, &seen)
}

// opened is a stream to a socket, or why there is none.
type opened struct {
	conn net.Conn
	err  error
}

// openPinged opens a stream in the background and sends a ping over it: there is time for
// that until it is known whether the socket is the right one.
func openPinged(ctx context.Context, l *sshconn.Login, socket string) <-chan opened {
	result := make(chan opened, 1)
	guard.Go(func() {
		stream, err := l.OpenSocket(ctx, socket)
		if err != nil {
			result <- opened{err: err}
			return
		}
		result <- opened{conn: sendPing(stream)}
	}, func(p *guard.Panic) { result <- opened{err: p} })
	return result
}

func (h *Host) openOrExplain(ctx context.Context, l *sshconn.Login, socket string, seen *lookup) (way, net.Conn, error) {
	stream, err := l.OpenSocket(ctx, socket)
	if err == nil {
		return way{socket: socket}, stream, nil
	}
	return h.afterRefusal(ctx, l, socket, err, seen)
}

// withoutLook decides where it was not possible to look at the host. The guessed socket is
// used only if sshd lets the user run no command at all, so that neither DOCKER_HOST nor a
// context can name another engine.
func (h *Host) withoutLook(ctx context.Context, l *sshconn.Login, guess opened, lookErr error) (way, net.Conn, error) {
	noCommands := errors.Is(lookErr, sshconn.ErrNoCommands)
	if noCommands && guess.err == nil && ctx.Err() == nil {
		h.opts.Warn(fmt.Sprintf("%s lets %s run no commands: using the engine at %s. Name the socket in the target to be sure: ssh://%s%s",
			l.Settings().Alias, l.Settings().User, h.usual, l.Settings().Alias, h.usual))
		return way{socket: h.usual}, guess.conn, nil
	}
	if guess.conn != nil {
		_ = guess.conn.Close()
	}
	switch {
	case ctx.Err() != nil || l.Dropped():
		return way{}, nil, h.lookFailed(ctx, l, lookErr)
	case noCommands:
		return h.afterRefusal(ctx, l, h.usual, guess.err, nil)
	}
	return way{}, nil, core.Errorf(core.KindEngineUnreachable, "could not find out which engine to use on %s: %s. Name its socket in the target: ssh://%s%s",
		l.Settings().Alias, lookErr, l.Settings().Alias, h.usual)
}

func (h *Host) lookFailed(ctx context.Context, l *sshconn.Login, err error) error {
	switch {
	case l.Dropped():
		return l.Lost()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return core.Errorf(core.KindEngineUnreachable, "the login at %s succeeded, but the host did not answer a command in time", l.Settings().Alias)
	}
	return err
}

// afterRefusal finds out why a socket was refused: sshd answers alike where forwarding is
// forbidden, where the socket is missing and where permission is missing.
func (h *Host) afterRefusal(ctx context.Context, l *sshconn.Login, socket string, refusal error, seen *lookup) (way, net.Conn, error) {
	if refusal != nil && !sshconn.IsRejected(refusal) {
		return way{}, nil, refusal
	}
	if seen == nil {
		now, err := h.look(ctx, socket)
		if err != nil {
			if ctx.Err() != nil || l.Dropped() {
				return way{}, nil, h.lookFailed(ctx, l, err)
			}
			return way{}, nil, core.Errorf(core.KindEngineUnreachable,
				"the sshd of %s does not forward to %s (%v), and runs no command to find out why (%v)", l.Settings().Alias, socket, refusal, err)
		}
		seen = &now
	}
	if s := seen.socket(socket); s == nil || !s.usable {
		return way{}, nil, seen.problem(l.Settings(), socket)
	}
	if seen.docker == "" {
		return way{}, nil, core.Errorf(core.KindEngineUnreachable,
			"the engine of %s at %s cannot be reached: sshd does not forward to its socket, or no engine listens there, and there is no docker command to use instead. Set AllowStreamLocalForwarding yes in its sshd_config, or install the docker CLI there",
			l.Settings().Alias, socket).With("socket", socket)
	}
	by, stdio, err := h.tryStdio(ctx, l, socket, *seen)
	if err != nil {
		return way{}, nil, err
	}
	// If the engine has started since the refusal, the command is not needed: it costs a
	// session for each stream.
	if conn, refused := l.OpenSocket(ctx, socket); refused == nil {
		_ = stdio.Close()
		return way{socket: socket}, conn, nil
	}
	return by, stdio, nil
}
