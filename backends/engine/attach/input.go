package attach

import (
	"bytes"
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// endInput keeps sending the end of a run's input, over a new connection, until ctx ends.
func (r *Attacher) endInput(ctx context.Context, c *Container) {
	stream, err := session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return r.session.API.ContainerAttach(ctx, c.ID, container.AttachOptions{Stream: true, Stdin: true, DetachKeys: c.DetachKeys})
	})
	if err != nil {
		return // it has ended, or the connection was lost again
	}
	defer stream.Close()
	defer guard.OnDone(ctx, stream.Close)()
	streams.FeedTerminal(ctx, stream.Conn, bytes.NewReader(nil))
}
