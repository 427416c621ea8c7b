package engine

import (
	"bytes"
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// noDetachKeys stand for docker's ctrl-p ctrl-q, which are text here: input is seldom typed
// by a person, and who detaches loses the output. Engines know no word for none, so these
// are eight characters that no input has in this order.
const noDetachKeys = `ctrl-^,ctrl-_,ctrl-\,ctrl-],ctrl-^,ctrl-\,ctrl-_,ctrl-]`

// detachKeys are those of the options, else those of docker's config file, else none.
func (e *Engine) detachKeys(option string) string {
	switch {
	case option != "":
		return option
	case e.opts.ConfigFile.DetachKeys != "":
		return e.opts.ConfigFile.DetachKeys
	}
	return noDetachKeys
}

// endInput goes on with the end of a run's input, over a new line, until ctx ends.
func (e *Engine) endInput(ctx context.Context, spec *runSpec) {
	stream, err := session.Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
		return e.api.ContainerAttach(ctx, spec.containerID, container.AttachOptions{Stream: true, Stdin: true, DetachKeys: spec.detachKeys})
	})
	if err != nil {
		return // it has ended, or the connection is lost again
	}
	defer stream.Close()
	defer guard.OnDone(ctx, stream.Close)()
	streams.FeedTerminal(ctx, stream.Conn, bytes.NewReader(nil))
}
