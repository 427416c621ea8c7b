package engine

import (
	"context"
	"encoding/json"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/rows"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

var _ core.Containers = (*Engine)(nil)

// List implements core.Containers. As with docker ps, {{json .}} needs the sizes too.
func (e *Engine) List(ctx context.Context) (list []json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Repeat: true}, func(ctx context.Context) error {
		containers, err := e.listAll(ctx)
		if err != nil {
			return err
		}
		list, err = rows.Containers(containers)
		return err
	})
	return list, err
}

func (e *Engine) listAll(ctx context.Context) ([]container.Summary, error) {
	return session.Undisturbed(ctx, func() ([]container.Summary, error) {
		return e.api.ContainerList(ctx, container.ListOptions{All: true, Size: true})
	})
}
