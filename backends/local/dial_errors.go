package local

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
)

// explain says why a connection could not be made, and what to do about it.
func (d *dialer) explain(err error) *core.Error {
	kind, why := d.reason(err)
	return (&core.Error{
		Kind: kind, Err: err,
		Message: fmt.Sprintf("no connection to the engine at %s (from %s): %s", d.at.host, d.at.from, why),
	}).With("host", d.at.host)
}

func (d *dialer) reason(err error) (core.Kind, string) {
	var inTLS *handshakeError
	switch {
	case errors.Is(err, syscall.EMFILE):
		return core.KindEngineUnreachable, "this process has too many files open, and each stream under way needs one: raise its limit (ulimit -n, or resource.setrlimit in Python)"
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return core.KindEngineUnreachable, fmt.Sprintf("no answer within %g s: check the address, the network and firewalls, or give a longer connect_timeout", d.timeout.Seconds())
	case errors.As(err, &inTLS):
		return tlsReason(inTLS.error)
	case d.at.network == "unix":
		return d.socketReason(err)
	}
	return tcpReason(err)
}

func (d *dialer) socketReason(err error) (core.Kind, string) {
	switch {
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return core.KindPermissionDenied, fmt.Sprintf("this user may not use the socket %s: become a member of the group that owns it (sudo usermod -aG docker $USER, then log in again), or name another engine", d.at.address)
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return core.KindEngineUnreachable, "there is no such socket: start the engine (sudo systemctl start docker), or name another one by the target, DOCKER_HOST or a docker context"
	case errors.Is(err, syscall.ECONNREFUSED):
		return core.KindEngineUnreachable, "nothing listens at this socket: start the engine (sudo systemctl start docker)"
	}
	return core.KindEngineUnreachable, err.Error()
}

func tcpReason(err error) (core.Kind, string) {
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown):
		return core.KindEngineUnreachable, fmt.Sprintf("the host's name cannot be resolved (%s): check the name and the network", unknown.Err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return core.KindEngineUnreachable, "the host refused: check the port, and that the engine listens there"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return core.KindEngineUnreachable, "there is no way to the host: check the address and the network"
	}
	return core.KindEngineUnreachable, err.Error()
}

func tlsReason(err error) (core.Kind, string) {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &record):
		return core.KindEngineUnreachable, "it does not speak TLS: unset DOCKER_TLS_VERIFY and DOCKER_TLS, or use its TLS port"
	case errors.As(err, &verify):
		return core.KindAuthenticationFailed, fmt.Sprintf("the engine's certificate is not trusted (%v): check the host name, and ca.pem in DOCKER_CERT_PATH", err)
	case strings.Contains(err.Error(), "remote error: tls:"):
		return core.KindAuthenticationFailed, fmt.Sprintf("the engine refused this client's certificate (%v): check cert.pem and key.pem in DOCKER_CERT_PATH", err)
	}
	return core.KindEngineUnreachable, "TLS failed: " + err.Error()
}
