package streams

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"

	"github.com/docker/docker/api/types"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Pump moves bytes in both directions over an attached stream until the engine or ctx ends
// it, or the input fails. The result is nil if the engine ended it cleanly.
//
// A stream with an input stays open until its caller closes it: the process sees the end of its
// input then, and would take what has arrived for all of it. Who ends the process does that first.
func Pump(ctx context.Context, stream types.HijackedResponse, tty bool, s core.Streams) error {
	attached, over := context.WithCancel(ctx)
	defer over()
	failed := make(chan error, 1)
	feed(attached, ctx, stream, tty, s.Stdin, failed)
	out := &outputs{}
	demuxed := make(chan error, 1)
	guard.Go(func() {
		err := Demux(stream.Reader, tty, out.add(s.Stdout), out.add(s.Stderr))
		demuxed <- err
		if err != nil {
			drain(stream)
		}
	}, panicTo(demuxed))
	var err error
	select {
	case err = <-demuxed:
	case err = <-failed:
	case <-ctx.Done():
	}
	out.shut()
	if ctx.Err() != nil {
		if s.Stdin == nil {
			stream.Close()
		}
		return core.ContextError(ctx, "")
	}
	if endedByReset(err) {
		return nil
	}
	return err
}

// feed moves the input, and its end, which a terminal is told as long as it is attached. failed
// gets the error of reading it.
func feed(attached, ctx context.Context, stream types.HijackedResponse, tty bool, from io.Reader, failed chan<- error) {
	switch {
	case from == nil && tty: // has no input that could be closed
	case from == nil:
		_ = stream.CloseWrite() // -i without input reads its end at once
	default:
		in := NewSending(from)
		guard.Go(func() {
			if tty {
				FeedTerminal(attached, untilDone{attached, stream.Conn}, in)
			} else if _, err := io.CopyBuffer(untilDone{ctx, stream.Conn}, in, make([]byte, BufferSize)); err == nil && ctx.Err() == nil {
				_ = stream.CloseWrite()
			}
			// The container may end before it has read its input: that is not an error.
			if err := in.Failure(); err != nil {
				failed <- core.Errorf(core.KindCancelled, "cancelled, since its input could not be read: %w", err)
			}
		}, panicTo(failed))
	}
}

// untilDone is a writer that takes nothing after the end of ctx.
type untilDone struct {
	ctx context.Context
	to  io.Writer
}

func (w untilDone) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(p)
}

// outputs are writers that can be shut: nothing reaches them from then on.
type outputs struct {
	mu   sync.Mutex
	over bool
}

var errShut = errors.New("nobody reads this output any more")

// shut waits for a Write that is under way.
func (o *outputs) shut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
}

func (o *outputs) add(to io.Writer) io.Writer {
	if to == nil {
		to = io.Discard
	}
	return &output{o, to}
}

type output struct {
	of *outputs
	to io.Writer
}

func (o *output) Write(p []byte) (int, error) {
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	if o.of.over {
		return 0, errShut
	}
	return o.to.Write(p)
}

// drain reads what is left of a stream, and drops it: a process that waits for its output to be
// read does not end. One that never stops loses its stream instead.
func drain(stream types.HijackedResponse) {
	if _, err := io.CopyN(io.Discard, stream.Reader, mostDrained); err == nil {
		stream.Close()
	}
}

// mostDrained is more than the pipes and sockets on the way from a process hold.
const mostDrained = 1 << 20

// endedByReset reports whether a stream ended cleanly although by a reset: the kernel sends
// one, after all output, if the engine closes a socket before it has read all input. Only of the
// socket itself: a connection that carries the stream may be reset at any moment.
func endedByReset(err error) bool {
	var read *net.OpError
	return errors.As(err, &read) && read.Net == "unix" && errors.Is(read, syscall.ECONNRESET)
}

// Pumping runs Pump in a goroutine. The channel gets its result.
func Pumping(ctx context.Context, stream types.HijackedResponse, tty bool, s core.Streams) <-chan error {
	done := make(chan error, 1)
	guard.Go(func() { done <- Pump(ctx, stream, tty, s) }, panicTo(done))
	return done
}

func panicTo(failed chan<- error) func(*guard.Panic) {
	return func(p *guard.Panic) { failed <- core.Errorf(core.KindInternalError, "%w", p) }
}
