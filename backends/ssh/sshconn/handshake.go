package sshconn

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/hostkeys"
	"github.com/proboscis/ml_nexus_go/backends/ssh/identity"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// handshake agrees on keys, checks the host and logs in. The connection may drop at any
// moment, and then drops via, the jump host's, too.
func (o Options) handshake(ctx context.Context, conn net.Conn, s *sshconfig.Settings, via *Login) (*Login, error) {
	var remote net.Addr
	if direct, ok := conn.(*net.TCPConn); ok {
		remote = direct.RemoteAddr()
	}
	checker, err := hostkeys.FromSettings(s, remote, o.Warn)
	if err != nil {
		return nil, err
	}
	keys := identity.Load(ctx, s, o.SSH.Passphrases)
	defer keys.Close()
	for _, warning := range keys.Warnings() {
		o.Warn(warning)
	}
	var keyProblem error
	config := &ssh.ClientConfig{User: s.User, AuthCallback: keys.Next, ClientVersion: "SSH-2.0-ml_nexus_go"}
	config.HostKeyCallback = func(_ string, _ net.Addr, key ssh.PublicKey) (err error) {
		defer func() { keyProblem = err }()
		defer guard.Recover(&err)
		if checker != nil {
			return checker.Check(key)
		}
		return nil
	}
	if err := chooseAlgorithms(config, s, checker); err != nil {
		return nil, err
	}
	l := &Login{settings: s, via: via, dropped: make(chan struct{})}
	l.wire = newWire(conn, func(err error) { l.drop(err) })
	stop := guard.OnDone(ctx, func() { l.drop(context.Cause(ctx)) })
	client, channels, requests, err := ssh.NewClientConn(l.wire, net.JoinHostPort(s.HostName, s.Port), config)
	if !stop() && err == nil {
		_ = client.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, handshakeError(ctx, conn, s, keys, keyProblem, err)
	}
	l.client = ssh.NewClient(client, channels, requests)
	guard.Go(func() { l.drop(l.client.Wait()) }, nil)
	return l, nil
}

func handshakeError(ctx context.Context, conn net.Conn, s *sshconfig.Settings, keys *identity.Keys, keyProblem, err error) error {
	addr := net.JoinHostPort(s.HostName, s.Port)
	if keyProblem != nil {
		return keyProblem
	}
	if ctx.Err() != nil {
		return deadlineOr(ctx, core.Errorf(core.KindEngineUnreachable,
			"no SSH connection to %s: %s accepted the connection, but the login did not complete in time", s.Alias, addr).With("address", addr))
	}
	refused := strings.Contains(err.Error(), "unable to authenticate") || strings.Contains(err.Error(), "Too many authentication failures")
	if refused || keys.CouldNotSign() {
		return keys.LoginError(s, err)
	}
	said := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "), "ssh: ")
	command, isCommand := conn.(*commandConn)
	if isCommand {
		said = command.explain(said)
	}
	out := core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: the login at %s failed: %s", s.Alias, addr, said).With("address", addr)
	if isCommand {
		return out
	}
	if errors.Is(err, io.EOF) || strings.Contains(said, "connection reset") || strings.Contains(said, "MaxStartups") {
		out.Err = errDropped
	}
	return out
}

// deadlineOr returns late if the attempt's time is over, and the caller's own end otherwise.
func deadlineOr(ctx context.Context, late *core.Error) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		late.Err = context.DeadlineExceeded
		return late
	}
	return core.ContextError(ctx, "connecting")
}
