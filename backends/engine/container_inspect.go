package engine

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/core"
)

// Inspect implements core.Containers.
func (e *Engine) Inspect(ctx context.Context, req core.ContainerRequest) (raw json.RawMessage, err error) {
	err = e.onContainer(ctx, "inspect_container", req.Container, nil, func(ctx context.Context, name string) error {
		_, raw, err = e.api.ContainerInspectWithRaw(ctx, name, false)
		return err
	})
	return raw, err
}
