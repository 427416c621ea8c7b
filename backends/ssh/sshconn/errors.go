package sshconn

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// errDropped marks a connection that sshd closed before the login began, as it does
// with too many concurrent logins (MaxStartups): trying again soon helps.
var errDropped = errors.New("the host ended the connection before the login")

// LostError returns the error of everything that used a connection that has dropped.
func LostError(alias string, cause error) *core.Error {
	err := core.Errorf(core.KindConnectionLost, "the SSH connection to %s was lost: %v", alias, cause)
	err.Err = cause
	return err
}

// dialError says why the TCP connection to addr failed, which took so long.
func dialError(alias, addr string, took time.Duration, err error) *core.Error {
	within := fmt.Sprintf(" within %.0f s", took.Seconds())
	var dns *net.DNSError
	var timeout net.Error
	why := err.Error()
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		why = fmt.Sprintf("the name %s does not resolve: check it, or give HostName in the ssh config", dns.Name)
	case errors.As(err, &dns):
		why = fmt.Sprintf("the name %s could not be resolved: %s", dns.Name, dns.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		why = addr + " refuses connections: is sshd running there, at this port?"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		why = "there is no route to " + addr + ": check the address and the network"
	case errors.As(err, &timeout) && timeout.Timeout():
		why = fmt.Sprintf("%s gives no answer%s: check the address, the network and firewalls, or give it more time (connect_timeout)", addr, within)
	}
	out := core.Errorf(core.KindEngineUnreachable, "no SSH connection to %s: %s", alias, why)
	out.Err = err
	return out.With("address", addr)
}

// beforeLogin marks the error of a host that was not reached: an engine that is not reached on a
// host that was has an error of the same kind.
func beforeLogin(err error) error {
	var known *core.Error
	if errors.As(err, &known) && known.Kind == core.KindEngineUnreachable {
		_ = known.With("before_login", true)
	}
	return err
}

// permanent reports whether trying again cannot help.
func permanent(err error) bool {
	switch core.KindOf(err) {
	case core.KindAuthenticationFailed, core.KindHostKeyUnknown, core.KindHostKeyChanged,
		core.KindInvalidArgument, core.KindClientClosed, core.KindCancelled:
		return true
	}
	return false
}
