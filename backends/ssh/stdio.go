package ssh

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/ssh/loginshell"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// dialStdio connects to the engine through a command in a session of its own. Whether
// the command reaches an engine shows only when something is read; if it is known to have
// reached one before, the engine was lost.
func (h *Host) dialStdio(ctx context.Context, by way, reached bool) (net.Conn, error) {
	stream, err := h.DialCommand(ctx, sshconn.CommandStream{
		Command: by.command, First: by.first,
		Failed: func(l *sshconn.Login, message string) error {
			err := stdioError(l.Settings(), message)
			if reached && err.Kind == core.KindEngineUnreachable {
				err.Kind = core.KindConnectionLost
			}
			return &stdioFailure{err}
		},
	})
	if err != nil {
		return nil, err
	}
	return stream, nil
}

// tryStdio proves that the command gets through to the engine, by a request that
// changes nothing. The stream can be used afterwards.
func (h *Host) tryStdio(ctx context.Context, l *sshconn.Login, socket string, seen lookup) (way, net.Conn, error) {
	program := "docker"
	if seen.docker != "" {
		program = seen.docker
	}
	command := program + " system dial-stdio"
	if socket != "" && program == "docker" {
		command = program + " -H " + loginshell.Quote("unix://"+socket) + " system dial-stdio"
	}
	by := way{command: command}
	if direct, first := loginshell.Command("exec " + command); first != "" {
		by = way{command: direct, first: first}
	}
	conn, err := h.dialStdio(ctx, by, false)
	if err != nil {
		return way{}, nil, err
	}
	stop := guard.OnDone(ctx, func() { _ = conn.Close() })
	err = ping(conn)
	if !stop() {
		return way{}, nil, h.lookFailed(ctx, l, core.ContextError(ctx, "reaching the engine on "+l.Settings().Alias))
	}
	if err != nil {
		_ = conn.Close()
		var known *core.Error
		if errors.As(err, &known) {
			return way{}, nil, known
		}
		return way{}, nil, core.Errorf(core.KindEngineUnreachable, "%q on %s does not reach an engine: %w", command, l.Settings().Alias, err)
	}
	return by, conn, nil
}

// stdioFailure carries an error past docker's client, which replaces errors whose text has
// "connection refused" or "dial unix" by one of its own.
type stdioFailure struct{ cause *core.Error }

func (f *stdioFailure) Error() string { return "the command reached no engine" }
func (f *stdioFailure) Unwrap() error { return f.cause }

// stdioError turns what docker printed on the host into an error.
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
