package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerTop implements core.Containers.
func (e *Engine) ContainerTop(ctx context.Context, req core.ContainerTopRequest) (result core.ContainerTopResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true}, func(ctx context.Context) error {
		top, err := e.api.ContainerTop(ctx, req.Container, req.Arguments)
		// Nil would be null in JSON, not a list.
		result = core.ContainerTopResult{Titles: append([]string{}, top.Titles...), Processes: append([][]string{}, top.Processes...)}
		return err
	})
	return result, err
}
