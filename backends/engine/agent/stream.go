package agent

import (
	"bufio"
	"context"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core"
)

// Stream leads to the program in a helper container: to its stdin, and from its stdout.
type Stream struct {
	attached types.HijackedResponse
	output   *output
}

// Attach starts a helper container, and returns the stream to its program, which ends with it.
func (h *Helpers) Attach(ctx context.Context, id string) (*Stream, error) {
	attached, err := session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return h.session.API.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	})
	if err != nil {
		return nil, err
	}
	if err := h.containers.Start(ctx, id); err != nil {
		attached.Close()
		return nil, startFault(ctx, err)
	}
	return &Stream{attached, &output{in: bufio.NewReaderSize(attached.Reader, streams.BufferSize)}}, nil
}

// startFault is for a helper container that was there a moment before: if it is not found, it
// was started, and the connection that the answer was lost with has ended its program.
func startFault(ctx context.Context, err error) error {
	if ctx.Err() != nil || !cerrdefs.IsNotFound(err) && core.KindOf(err) != core.KindContainerNotFound {
		return err
	}
	return core.Errorf(core.KindConnectionLost, "the connection to a helper container was lost while it was started: %w", err)
}

// Read reads what the program writes.
func (s *Stream) Read(p []byte) (int, error) { return s.output.Read(p) }

// Write writes to the program.
func (s *Stream) Write(p []byte) (int, error) { return s.attached.Conn.Write(p) }

// Close ends the connection, and with it the program.
func (s *Stream) Close() error { return s.attached.Conn.Close() }

// Said returns the start of what the program has written to its stderr.
func (s *Stream) Said() string { return s.output.said() }
