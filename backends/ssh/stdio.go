package ssh

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// lastWords bounds the waits for what a command prints when it fails, and for its end
// when it is no longer needed.
const lastWords = 2 * time.Second

// dialStdio connects to the engine through a command in a session of its own. That the
// command reaches no engine shows only when something is read; where it is known to have
// reached one before, the engine was lost.
func (c *Connection) dialStdio(ctx context.Context, by way, reached bool) (net.Conn, error) {
	o, place, err := c.sessions.open(ctx)
	if err != nil {
		return nil, err
	}
	l := place.line
	said, saidAll := &tail{}, make(chan struct{})
	guard.Go(func() {
		defer close(saidAll)
		_, _ = io.Copy(said, o.ch.Stderr())
	}, nil)
	atEnd := func(received bool) error {
		if received {
			return io.EOF
		}
		select {
		case <-saidAll:
		case <-l.dead:
			return l.lost()
		case <-time.After(lastWords):
		}
		text := said.String()
		if text == "" {
			return io.EOF
		}
		err := stdioError(l.settings, text)
		if reached && err.Kind == core.KindEngineUnreachable {
			err.Kind = core.KindConnectionLost
		}
		return &stdioFailure{err}
	}
	conn := newChannelConn(l, o, &net.UnixAddr{Name: by.command, Net: "unix"}, atEnd, lastWords)
	c.sessions.releaseWhenGone(place, conn.gone)
	stop := guard.OnDone(ctx, func() { _ = conn.Close() })
	ok, err := o.ch.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{by.command}))
	if err == nil && ok && by.first != "" {
		_, err = io.WriteString(o.ch, by.first)
	}
	if stop() && err == nil && ok {
		return conn, nil
	}
	_ = conn.Close()
	switch {
	case ctx.Err() != nil:
		return nil, contextError(ctx, "reaching the engine on "+l.settings.Alias)
	case l.isDead():
		return nil, l.lost()
	}
	return nil, noSession(l.settings, errExecRefused)
}

// tryStdio proves that the command gets through to the engine, by a request that
// changes nothing. The connection is good for more afterwards.
func (c *Connection) tryStdio(ctx context.Context, l *line, socket string, seen sight) (way, net.Conn, error) {
	program := "docker"
	if seen.docker != "" {
		program = seen.docker
	}
	command := program + " system dial-stdio"
	if socket != "" && program == "docker" {
		command = program + " -H " + quote("unix://"+socket) + " system dial-stdio"
	}
	by := way{command: command}
	if direct, first := forLoginShell("exec " + command); first != "" {
		by = way{command: direct, first: first}
	}
	conn, err := c.dialStdio(ctx, by, false)
	if err != nil {
		return way{}, nil, err
	}
	stop := guard.OnDone(ctx, func() { _ = conn.Close() })
	err = ping(conn)
	if !stop() {
		return way{}, nil, c.lookFailed(ctx, l, contextError(ctx, "reaching the engine on "+l.settings.Alias))
	}
	if err != nil {
		_ = conn.Close()
		var known *core.Error
		if errors.As(err, &known) {
			return way{}, nil, known
		}
		return way{}, nil, core.Errorf(core.KindEngineUnreachable, "%q on %s does not reach an engine: %w", command, l.settings.Alias, err)
	}
	return by, conn, nil
}

func ping(conn net.Conn) error {
	request, err := http.NewRequest(http.MethodHead, "http://docker.invalid/_ping", nil)
	if err != nil {
		return err
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// stdioFailure carries an error past docker's client, which replaces errors whose text has
// "connection refused" or "dial unix" by one of its own.
type stdioFailure struct{ cause *core.Error }

func (f *stdioFailure) Error() string { return "the command reached no engine" }
func (f *stdioFailure) Unwrap() error { return f.cause }

// stdioError makes an error of what docker said on the host.
func stdioError(s *sshconfig.Settings, said string) *core.Error {
	lower := strings.ToLower(said)
	switch {
	case strings.Contains(lower, "permission denied"):
		return core.Errorf(core.KindPermissionDenied,
			"%s may not use the engine on %s: add that user to the docker group there (sudo usermod -aG docker %s), and connect again. There: %s",
			s.User, s.Alias, s.User, said).With("group", "docker").With("user", s.User)
	case strings.Contains(lower, "not found"), strings.Contains(lower, "no such file"):
		return core.Errorf(core.KindEngineUnreachable, "there is no docker command for %s on %s: install the docker CLI, or set AllowStreamLocalForwarding yes in its sshd_config. There: %s",
			s.User, s.Alias, said)
	}
	return core.Errorf(core.KindEngineUnreachable, "no engine answers on %s: is the docker daemon running? There: %s", s.Alias, said)
}
