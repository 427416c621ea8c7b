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

// Pump moves bytes in both directions over an attached stream until the engine or ctx ends
// it. The result is nil if the engine ended it cleanly.
func Pump(ctx context.Context, stream types.HijackedResponse, tty bool, s core.Streams) error {
	stop := guard.OnDone(ctx, stream.Close)
	defer stop()
	switch {
	case tty && s.Stdin != nil:
		feeding, over := context.WithCancel(ctx)
		defer over()
		guard.Go(func() { FeedTerminal(feeding, stream.Conn, s.Stdin) }, nil)
	case tty: // has no input that could be closed
	case s.Stdin == nil:
		_ = stream.CloseWrite() // -i without input reads its end at once
	default:
		guard.Go(func() {
			// The container may end before it has read its input: that is not an error.
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

// endedByReset reports whether a stream ended cleanly although by a reset: the kernel sends
// one, after all output, if the engine closes a socket before it has read all input.
func endedByReset(stream types.HijackedResponse, err error) bool {
	return errors.Is(err, syscall.ECONNRESET) && stream.Conn.RemoteAddr().Network() == "unix"
}

// Pumping runs Pump in a goroutine. The channel gets its result.
func Pumping(ctx context.Context, stream types.HijackedResponse, tty bool, s core.Streams) <-chan error {
	done := make(chan error, 1)
	guard.Go(func() { done <- Pump(ctx, stream, tty, s) }, func(p *guard.Panic) {
		done <- core.Errorf(core.KindInternalError, "%w", p)
	})
	return done
}
