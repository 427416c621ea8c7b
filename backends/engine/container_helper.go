package engine

import (
	"context"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
)

// helperContainers are the operations that the agent needs from an engine.
type helperContainers struct{ engine *Engine }

var _ agent.Containers = helperContainers{}

func (h helperContainers) Labels() map[string]string {
	return h.engine.labelsFor(uuid.NewString(), true, true, nil)
}

func (h helperContainers) Start(ctx context.Context, id string) error {
	return h.engine.startCreated(ctx, id)
}

func (h helperContainers) Remove(ctx context.Context, id string) error {
	return h.engine.removeFinished(ctx, id)
}

func (h helperContainers) RemoveLabelled(ctx context.Context, labels map[string]string) (bool, error) {
	return h.engine.removeAllBut(ctx, labels[LabelRun], "")
}
