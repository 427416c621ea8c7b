package engine

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Inspect implements core.Containers.
func (e *Engine) Inspect(ctx context.Context, req core.ContainerRequest) (raw json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true}, func(ctx context.Context) error {
		_, raw, err = e.api.ContainerInspectWithRaw(ctx, req.Container, false)
		return err
	})
	return raw, err
}
