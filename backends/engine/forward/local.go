package forward

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/tunnel"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

const (
	loopback    = "127.0.0.1"
	acceptPause = 50 * time.Millisecond
)

type listener = net.Listener

// listen opens the local port or socket.
func listen(ctx context.Context, req core.ForwardRequest) (listener, error) {
	config := net.ListenConfig{}
	network, address := "tcp4", net.JoinHostPort(loopback, strconv.Itoa(req.LocalPort))
	if req.LocalSocket != "" {
		network, address = "unix", req.LocalSocket
		config.Control = ownersOnly
	}
	l, err := config.Listen(ctx, network, address)
	if err != nil {
		return nil, notListening(req, err)
	}
	if req.LocalSocket != "" {
		if err := os.Chmod(req.LocalSocket, 0o600); err != nil { // where Control cannot do it
			_ = l.Close()
			return nil, core.Errorf(core.KindPermissionDenied, "the local socket %s cannot be kept from other users: %w", req.LocalSocket, err)
		}
	}
	return l, nil
}

// ownersOnly sets the mode that a Unix socket gets when it is bound, as far as the system
// allows: a chmod afterwards would be too late.
func ownersOnly(_, _ string, raw syscall.RawConn) error {
	return raw.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), 0o600) })
}

func notListening(req core.ForwardRequest, err error) error {
	what := "port " + strconv.Itoa(req.LocalPort) + " of this machine"
	if req.LocalSocket != "" {
		what = "the socket " + req.LocalSocket
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE) && req.LocalSocket != "":
		return core.Errorf(core.KindConflict, "%s exists: remove it if nobody listens there, or choose another path", what)
	case errors.Is(err, syscall.EADDRINUSE):
		return core.Errorf(core.KindConflict, "%s is in use: choose another local port, or none, to get a free one", what)
	case errors.Is(err, os.ErrPermission):
		return core.Errorf(core.KindPermissionDenied, "this user may not listen at %s: choose another", what)
	case errors.Is(err, os.ErrNotExist):
		return core.Errorf(core.KindPathNotFound, "%s cannot be made: its folder does not exist", what)
	case errors.Is(err, syscall.EINVAL):
		return core.Errorf(core.KindInvalidArgument, "%s cannot be made: a socket's path has about 100 bytes at most", what)
	}
	return core.Errorf(core.KindInvalidArgument, "cannot listen at %s: %w", what, err)
}

// listening describes an address.
func listening(address string) core.ListeningEvent {
	event := core.ListeningEvent{Event: "listening"}
	host, port, err := net.SplitHostPort(address)
	if err != nil || strings.ContainsAny(address, "/@") {
		event.Socket = address
		return event
	}
	event.Host = host
	event.Port, _ = strconv.Atoi(port)
	return event
}

// do runs something that the forwarding's end waits for.
func (f *forwarding) do(run func()) {
	f.work.Add(1)
	guard.Go(func() {
		defer f.work.Done()
		run()
	}, nil)
}

// accept takes local connections until the listener is closed.
func (f *forwarding) accept(ctx context.Context) {
	for {
		conn, err := f.listener.Accept()
		switch {
		case err == nil:
			f.do(func() { f.connect(ctx, conn) })
		case errors.Is(err, net.ErrClosed):
			return
		default: // no descriptor is left
			_ = session.Sleep(ctx, acceptPause)
		}
	}
}

// connect passes on a local connection.
func (f *forwarding) connect(ctx context.Context, conn net.Conn) {
	remote, err := f.reach(ctx)
	if err != nil {
		tunnel.Reset(conn)
		f.refused(ctx, err)
		return
	}
	remote.Join(conn.(tunnel.Conn))
}

// reach connects to the container. A refusal may be that of a network that the container had
// before a restart.
func (f *forwarding) reach(ctx context.Context) (*tunnel.Remote, error) {
	l, err := f.keeper.link(ctx)
	if err != nil {
		return nil, err
	}
	remote, err := l.dial(ctx, f.inside)
	if err == nil {
		return remote, nil
	}
	again, renewed := f.keeper.refresh(ctx)
	if renewed != nil {
		return nil, renewed
	}
	if again != l {
		remote, err = again.dial(ctx, f.inside)
	}
	if err != nil {
		return nil, f.notReached(err)
	}
	return remote, nil
}

func (f *forwarding) notReached(err error) error {
	var refusal *tunnel.Refusal
	if errors.As(err, &refusal) && refusal.Reason == tunnel.Refused {
		return core.Errorf(core.KindConflict, "nobody listens at %s in container %s", f.inside, f.req.Container)
	}
	return core.Errorf(core.KindConflict, "%s in container %s cannot be reached: %w", f.inside, f.req.Container, err)
}

// refused tells the caller why a connection was closed.
func (f *forwarding) refused(ctx context.Context, err error) {
	if ctx.Err() == nil {
		f.event(core.RefusedEvent{Event: "refused", Message: session.EngineMessage(err)})
	}
}

// arrived connects something in the container with this machine.
func (f *forwarding) arrived(ctx context.Context, a *tunnel.Arrival) {
	network, address := "tcp", f.req.LocalSocket
	if address != "" {
		network = "unix"
	} else {
		port := f.req.LocalPort
		if port == 0 {
			port = f.req.Port
		}
		address = net.JoinHostPort("localhost", strconv.Itoa(port))
	}
	err := a.Connect(func() (net.Conn, error) { return new(net.Dialer).DialContext(ctx, network, address) })
	if err != nil {
		f.refused(ctx, core.Errorf(core.KindConflict, "%s of this machine cannot be reached: %w", address, tunnel.Refuse(err)))
	}
}
