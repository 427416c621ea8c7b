package streams

import (
	"context"
	"errors"
	"io"
	"syscall"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// pump moves bytes both ways over an attached stream until the engine ends it or
// ctx does. The result is nil where the engine ended it in order.
func Pump(ctx context.Context, stream types.HijackedResponse, tty bool, s core.Streams) error {
	stop := guard.OnDone(ctx, stream.Close)
	defer stop()
	switch {
	case tty && s.Stdin != nil:
		feeding, over := context.WithCancel(ctx)
		defer over()
		guard.Go(func() { FeedTerminal(feeding, stream.Conn, s.Stdin) }, nil)
	case tty: // has no input to be closed
	case s.Stdin == nil:
		_ = stream.CloseWrite() // -i without input reads its end at once
	default:
		guard.Go(func() {
			// The container may end before it has read its input: that is no error.
			_, _ = io.CopyBuffer(writerOnly{stream.Conn}, s.Stdin, make([]byte, BufferSize))
			_ = stream.CloseWrite()
		}, nil)
	}
	err := Demux(stream.Reader, tty, s.Stdout, s.Stderr)
	if ctx.Err() != nil {
		return core.ContextError(ctx, "")
	}
	if endedByReset(stream, err) {
		return nil
	}
	return err
}

// endedByReset reports whether a stream ended in order: where the engine closes a socket
// before it has read all input, the kernel says so by a reset, after all output.
func endedByReset(stream types.HijackedResponse, err error) bool {
	return errors.Is(err, syscall.ECONNRESET) && stream.Conn.RemoteAddr().Network() == "unix"
}

// pumping runs pump beside the caller. The channel gets its one result.
func Pumping(ctx context.Context, stream types.HijackedResponse, tty bool, s core.Streams) <-chan error {
	done := make(chan error, 1)
	guard.Go(func() { done <- Pump(ctx, stream, tty, s) }, func(p *guard.Panic) {
		done <- core.Errorf(core.KindInternalError, "%w", p)
	})
	return done
}
