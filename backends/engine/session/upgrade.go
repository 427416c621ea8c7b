package session

import (
	"context"
	"net"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// handshake makes the upgrade of a connection to a stream end with its context, which
// docker's client ignores while it writes the request and reads the answer.
type handshake struct {
	stop   func() bool
	dialed net.Conn
}

type handshakeKey struct{}

func withHandshake(ctx context.Context) (context.Context, *handshake) {
	h := &handshake{stop: func() bool { return true }}
	return context.WithValue(ctx, handshakeKey{}, h), h
}

// Upgrade attaches to a stream; the attempt ends with ctx.
func Upgrade(ctx context.Context, attach func(ctx context.Context) (types.HijackedResponse, error)) (types.HijackedResponse, error) {
	ctx, h := withHandshake(ctx)
	stream, err := attach(ctx)
	if !h.stop() && err == nil {
		stream.Close()
		err = core.ContextError(ctx, "")
	}
	if err == nil {
		stream.Conn = &upgraded{stream.Conn, h.dialed}
	}
	return stream, err
}

// DialEndpoint opens a stream to one of the engine's endpoints. The attempt ends with ctx.
func (s *Session) DialEndpoint(ctx context.Context, endpoint, protocol string, meta map[string][]string) (net.Conn, error) {
	ctx, h := withHandshake(ctx)
	conn, err := s.API.DialHijack(ctx, endpoint, protocol, meta)
	if !h.stop() && err == nil {
		_ = conn.Close()
		return nil, core.ContextError(ctx, "")
	}
	if err != nil {
		return nil, Translate(ctx, err)
	}
	return conn, nil
}

func (h *handshake) watch(ctx context.Context, conn net.Conn) {
	h.stop, h.dialed = guard.OnDone(ctx, func() { _ = conn.Close() }), conn
}
