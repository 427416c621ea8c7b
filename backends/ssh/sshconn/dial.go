package sshconn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// maxHops bounds a chain of jump hosts, which may lead back to itself.
const maxHops = 16

// logIn logs in at a destination, through its jump hosts.
func (o Options) logIn(ctx context.Context, req sshconfig.Request, settings *sshconfig.Settings, depth int) (*Login, error) {
	var conn net.Conn
	var err error
	var via *Login
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
			via.drop(err)
		}
		return nil, err
	}
	if via != nil {
		guard.Go(func() {
			select {
			case <-via.dropped:
				l.drop(fmt.Errorf("the jump host %s: %w", via.settings.Alias, via.err))
			case <-l.dropped:
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
			return nil, core.Errorf(core.KindInvalidArgument, "the ssh config has BindAddress %q, which is not an IP address", s.BindAddress)
		}
		dialer.LocalAddr = &net.TCPAddr{IP: ip}
	}
	addr := net.JoinHostPort(s.HostName, s.Port)
	began := time.Now()
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		if errors.Is(context.Cause(ctx), context.Canceled) || core.KindOf(context.Cause(ctx)) == core.KindClientClosed {
			return nil, core.ContextError(ctx, "connecting to "+s.Alias)
		}
		return nil, dialError(s.Alias, addr, time.Since(began), err)
	}
	return conn, nil
}

// dialJump connects to the last jump host through the others, and from there to the host.
func (o Options) dialJump(ctx context.Context, s *sshconfig.Settings, req sshconfig.Request, depth int) (net.Conn, *Login, error) {
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
	via, err := o.logIn(ctx, jump, settings, depth+1)
	if err != nil {
		return nil, nil, err
	}
	addr := net.JoinHostPort(s.HostName, s.Port)
	conn, err := via.client.DialContext(ctx, "tcp", addr)
	if err != nil {
		via.drop(err)
		if ctx.Err() != nil {
			return nil, nil, deadlineOr(ctx, core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: the jump host %s got no answer from %s", s.Alias, via.settings.Alias, addr))
		}
		out := core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: the jump host %s could not reach %s: %s",
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
		return sshconfig.Request{}, core.Errorf(core.KindInvalidArgument, "the ssh config has the ProxyJump %q, which names no host", text)
	}
	return sshconfig.Request{Host: t.Host, User: t.User, Port: t.Port}, nil
}
