package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/hostkeys"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// maxHops ends a chain of jump hosts that leads back to itself.
const maxHops = 16

// login makes a line to a destination, through its jump hosts.
func (o Options) login(ctx context.Context, req sshconfig.Request, settings *sshconfig.Settings, depth int) (*line, error) {
	var conn net.Conn
	var err error
	var via *line
	switch {
	case len(settings.ProxyJump) > 0:
		conn, via, err = o.dialJump(ctx, settings, req, depth)
	case settings.ProxyCommand != "":
		conn, err = dialCommand(settings, req.Environ)
	default:
		conn, err = dialTCP(ctx, settings)
	}
	if err != nil {
		return nil, err
	}
	l, err := o.handshake(ctx, conn, settings, via)
	if err != nil {
		_ = conn.Close()
		if via != nil {
			via.fail(err)
		}
		return nil, err
	}
	if via != nil {
		guard.Go(func() {
			select {
			case <-via.dead:
				l.fail(fmt.Errorf("the jump host %s: %w", via.settings.Alias, via.err))
			case <-l.dead:
			}
		}, nil)
	}
	return l, nil
}

func dialTCP(ctx context.Context, s *sshconfig.Settings) (net.Conn, error) {
	network := map[string]string{"inet": "tcp4", "inet6": "tcp6"}[s.AddressFamily]
	if network == "" {
		network = "tcp"
	}
	dialer := &net.Dialer{}
	if s.BindAddress != "" {
		ip := net.ParseIP(s.BindAddress)
		if ip == nil {
			return nil, core.Errorf(core.KindInvalidArgument, "the ssh config has BindAddress %q, which is no IP address", s.BindAddress)
		}
		dialer.LocalAddr = &net.TCPAddr{IP: ip}
	}
	addr := net.JoinHostPort(s.HostName, s.Port)
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		if errors.Is(context.Cause(ctx), context.Canceled) || core.KindOf(context.Cause(ctx)) == core.KindClientClosed {
			return nil, contextError(ctx, "connecting to "+s.Alias)
		}
		return nil, dialError(s.Alias, addr, err)
	}
	return conn, nil
}

// dialJump connects to the last jump host by way of the others, and from there on.
func (o Options) dialJump(ctx context.Context, s *sshconfig.Settings, req sshconfig.Request, depth int) (net.Conn, *line, error) {
	last := len(s.ProxyJump) - 1
	jump, err := parseJump(s.ProxyJump[last])
	if err != nil {
		return nil, nil, err
	}
	jump.ConfigFile, jump.Environ = req.ConfigFile, req.Environ
	if depth >= maxHops {
		return nil, nil, core.Errorf(core.KindInvalidArgument, "the ssh config leads to %s over more than %d jump hosts: does ProxyJump go in a circle?", o.Target.Text, maxHops)
	}
	settings, err := sshconfig.Resolve(ctx, jump)
	if err != nil {
		return nil, nil, err
	}
	if last > 0 { // as ssh -J: the chain of the destination counts, not the jump host's own
		settings.ProxyJump, settings.ProxyCommand = s.ProxyJump[:last], ""
	}
	via, err := o.login(ctx, jump, settings, depth+1)
	if err != nil {
		return nil, nil, err
	}
	addr := net.JoinHostPort(s.HostName, s.Port)
	conn, err := via.client.DialContext(ctx, "tcp", addr)
	if err != nil {
		via.fail(err)
		if ctx.Err() != nil {
			return nil, nil, deadlineOr(ctx, core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: the jump host %s gets no answer from %s", s.Alias, via.settings.Alias, addr))
		}
		out := core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: the jump host %s does not reach %s: %s",
			s.Alias, via.settings.Alias, addr, strings.TrimPrefix(err.Error(), "ssh: "))
		return nil, nil, out.With("address", addr).With("jump", via.settings.Alias)
	}
	return conn, via, nil
}

// parseJump reads [user@]host[:port] or ssh://[user@]host[:port].
func parseJump(text string) (sshconfig.Request, error) {
	uri := text
	if !strings.HasPrefix(uri, "ssh://") {
		uri = "ssh://" + uri
	}
	t, err := core.ParseTarget(uri)
	if err != nil || t.Path != "" {
		return sshconfig.Request{}, core.Errorf(core.KindInvalidArgument, "the ssh config has the ProxyJump %q, which is no host", text)
	}
	return sshconfig.Request{Host: t.Host, User: t.User, Port: t.Port}, nil
}

// handshake agrees on keys, checks the host and logs in. The line may end at any moment,
// and then takes via, the jump host's, with it.
func (o Options) handshake(ctx context.Context, conn net.Conn, s *sshconfig.Settings, via *line) (*line, error) {
	var remote net.Addr
	if direct, ok := conn.(*net.TCPConn); ok {
		remote = direct.RemoteAddr()
	}
	checker, err := hostkeys.FromSettings(s, remote, o.warn)
	if err != nil {
		return nil, err
	}
	wallet := fillWallet(ctx, s, o.SSH.Passphrases)
	defer wallet.close()
	for _, warning := range wallet.warnings {
		o.warn(warning)
	}
	auth := &authenticator{wallet: wallet}
	var keyProblem error
	config := &ssh.ClientConfig{User: s.User, AuthCallback: auth.choose, ClientVersion: "SSH-2.0-ml_nexus_go"}
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
	l := &line{settings: s, via: via, dead: make(chan struct{})}
	l.wire = newWire(conn, func(err error) { l.fail(err) })
	stop := guard.OnDone(ctx, func() { l.fail(context.Cause(ctx)) })
	client, channels, requests, err := ssh.NewClientConn(l.wire, net.JoinHostPort(s.HostName, s.Port), config)
	if !stop() && err == nil {
		_ = client.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, handshakeError(ctx, conn, s, auth, keyProblem, err)
	}
	l.client = ssh.NewClient(client, channels, requests)
	guard.Go(func() { l.fail(l.client.Wait()) }, nil)
	return l, nil
}

func handshakeError(ctx context.Context, conn net.Conn, s *sshconfig.Settings, auth *authenticator, keyProblem, err error) error {
	addr := net.JoinHostPort(s.HostName, s.Port)
	if keyProblem != nil {
		return keyProblem
	}
	if ctx.Err() != nil {
		return deadlineOr(ctx, core.Errorf(core.KindEngineUnreachable,
			"no SSH connection to %s: %s accepted the connection, but the login was not done in time", s.Alias, addr).With("address", addr))
	}
	refused := strings.Contains(err.Error(), "unable to authenticate") || strings.Contains(err.Error(), "Too many authentication failures")
	if refused || slices.ContainsFunc(auth.offered, func(i *identity) bool { return i.problem != nil }) {
		return auth.failure(s, err)
	}
	said := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "), "ssh: ")
	command, isCommand := conn.(*commandConn)
	if isCommand {
		said = command.explain(said)
	}
	out := core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: %s did not log us in: %s", s.Alias, addr, said).With("address", addr)
	if isCommand {
		return out
	}
	if errors.Is(err, io.EOF) || strings.Contains(said, "connection reset") || strings.Contains(said, "MaxStartups") {
		out.Err = errDropped
	}
	return out
}

// deadlineOr gives late where the attempt's time is over, and the caller's own end otherwise.
func deadlineOr(ctx context.Context, late *core.Error) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		late.Err = context.DeadlineExceeded
		return late
	}
	return contextError(ctx, "connecting")
}

// chooseAlgorithms takes what the config allows, in the library's order, which puts
// what the processor does in hardware first.
func chooseAlgorithms(config *ssh.ClientConfig, s *sshconfig.Settings, checker *hostkeys.Checker) error {
	supported := ssh.SupportedAlgorithms()
	pick := func(directive string, can, allowed []string) ([]string, error) {
		if allowed == nil {
			return nil, nil
		}
		picked := slices.DeleteFunc(slices.Clone(can), func(name string) bool { return !slices.Contains(allowed, name) })
		if len(picked) == 0 {
			return nil, core.Errorf(core.KindInvalidArgument, "the ssh config allows %s only %s, and none of these is supported: allow one of %s",
				directive, strings.Join(allowed, ","), strings.Join(can, ","))
		}
		return picked, nil
	}
	var err error
	if config.KeyExchanges, err = pick("KexAlgorithms", supported.KeyExchanges, s.KexAlgorithms); err != nil {
		return err
	}
	if config.Ciphers, err = pick("Ciphers", supported.Ciphers, s.Ciphers); err != nil {
		return err
	}
	if config.MACs, err = pick("MACs", supported.MACs, s.MACs); err != nil {
		return err
	}
	// Of the host keys the order in the config counts.
	allowed := slices.DeleteFunc(slices.Clone(s.HostKeyAlgorithms), func(name string) bool { return !slices.Contains(supported.HostKeys, name) })
	if s.HostKeyAlgorithms != nil && len(allowed) == 0 {
		_, err = pick("HostKeyAlgorithms", supported.HostKeys, s.HostKeyAlgorithms)
		return err
	}
	if checker != nil {
		allowed = checker.Order(allowed)
	}
	config.HostKeyAlgorithms = allowed
	return nil
}

// timeoutOf bounds one attempt to connect.
func (o Options) timeoutOf(s *sshconfig.Settings) time.Duration {
	switch {
	case s == nil || s.ConnectTimeout == 0:
		if o.ConnectTimeout > 0 {
			return o.ConnectTimeout
		}
		return defaultConnectTimeout
	case o.ConnectTimeout > 0:
		return min(o.ConnectTimeout, s.ConnectTimeout)
	}
	return s.ConnectTimeout
}
