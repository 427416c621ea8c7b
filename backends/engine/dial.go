package engine

import (
	"context"
	"net"

	"github.com/docker/docker/api/types"
)

// dialContext fits a Dial into http.Transport.
func dialContext(dial Dial) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dial(ctx)
		if err != nil {
			return nil, &dialError{err}
		}
		if h, ok := ctx.Value(handshakeKey{}).(*handshake); ok {
			h.watch(ctx, conn)
		}
		return conn, nil
	}
}

// dialError carries the dialer's error through docker's client, which replaces an
// error whose text has "connection refused" or "dial unix" by one of its own.
type dialError struct{ cause error }

func (e *dialError) Error() string { return "no connection to the engine" }
func (e *dialError) Unwrap() error { return e.cause }

// handshake makes the upgrade of a connection to a stream end with its context:
// docker's client writes the request and reads the answer without looking at it.
type handshake struct{ stop func() bool }

type handshakeKey struct{}

func withHandshake(ctx context.Context) (context.Context, *handshake) {
	h := &handshake{stop: func() bool { return true }}
	return context.WithValue(ctx, handshakeKey{}, h), h
}

// upgrade attaches to a stream; the attempt ends with ctx.
func upgrade(ctx context.Context, attach func(ctx context.Context) (types.HijackedResponse, error)) (types.HijackedResponse, error) {
	ctx, h := withHandshake(ctx)
	stream, err := attach(ctx)
	if !h.stop() && err == nil {
		stream.Close()
		err = contextError(ctx)
	}
	return stream, err
}

func (h *handshake) watch(ctx context.Context, conn net.Conn) {
	h.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
}
