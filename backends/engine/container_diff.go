package engine

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

var changeKinds = map[container.ChangeType]string{
	container.ChangeModify: "modified", container.ChangeAdd: "added", container.ChangeDelete: "deleted",
}

// ContainerDiff implements core.Containers. The engine compares all files, which may take long.
func (e *Engine) ContainerDiff(ctx context.Context, req core.ContainerRequest) (result []core.ContainerChange, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true, Long: true}, func(ctx context.Context) error {
		changes, err := e.api.ContainerDiff(ctx, req.Container)
		result = make([]core.ContainerChange, 0, len(changes))
		for _, change := range changes {
			kind, ok := changeKinds[change.Kind]
			if !ok {
				return core.Errorf(core.KindEngineError, "the engine reports a change of an unknown kind: %d", uint8(change.Kind))
			}
			result = append(result, core.ContainerChange{Kind: kind, Path: change.Path})
		}
		return err
	})
	return result, err
}
