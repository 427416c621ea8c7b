package engine

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// saveFault classifies the engine's answers to a request for an archive.
func saveFault(ctx context.Context, err error) error {
	if ctx.Err() != nil || core.KindOf(err) != "" || !cerrdefs.IsNotFound(err) {
		return err
	}
	return &core.Error{Kind: core.KindImageNotFound, Message: session.EngineMessage(err), Err: err}
}
