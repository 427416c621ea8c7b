package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/docker/docker/api/types"
)

// upgraded is a stream of Upgrade, with the connection that was dialed for it: docker's client
// wraps that where the engine's first bytes came with its answer.
type upgraded struct {
	net.Conn
	dialed net.Conn
}

// CloseWrite implements types.CloseWriter: every connection that is dialed can do it.
func (u *upgraded) CloseWrite() error {
	if half, ok := u.Conn.(types.CloseWriter); ok {
		return half.CloseWrite()
	}
	return nil
}

// Delivered waits until what was written to a stream of Upgrade has arrived at the other end of
// its connection, and the engine has answered after that.
func (s *Session) Delivered(ctx context.Context, stream net.Conn) error {
	if known, ok := stream.(*upgraded); ok {
		stream = known.dialed
	}
	if err := arrived(ctx, stream); err != nil {
		return err
	}
	_, err := s.ask(impatient(ctx))
	return err
}

// arrived waits until the other end of a connection has everything that was written.
func arrived(ctx context.Context, conn net.Conn) error {
	if below, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return arrived(ctx, below.NetConn())
	}
	if self, ok := conn.(interface {
		Delivered(ctx context.Context) error
	}); ok {
		return self.Delivered(ctx)
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return fmt.Errorf("what has arrived is not known of a %T: %w", conn, errors.ErrUnsupported)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, time.Second
	for {
		left, err := unsent(raw)
		if err != nil || left == 0 {
			return err
		}
		if err := Sleep(ctx, pause.NextBackOff()); err != nil {
			return err
		}
	}
}

// unsent returns how much a socket holds that its peer does not have.
func unsent(socket syscall.RawConn) (left int, err error) {
	if failed := socket.Control(func(fd uintptr) { left, err = queued(int(fd)) }); failed != nil {
		return 0, failed
	}
	return left, err
}
