package engine

import (
	"context"
	"strings"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// State implements core.Containers. A container that restarts after a failure does
// not run, and one that is paused does.
func (e *Engine) State(ctx context.Context, req core.ContainerRequest) (result core.StateResult, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true}, func(ctx context.Context) error {
		result, err = e.state(ctx, req.Container)
		return err
	})
	return result, err
}

func (e *Engine) state(ctx context.Context, name string) (core.StateResult, error) {
	info, err := e.api.ContainerInspect(ctx, name)
	if cerrdefs.IsNotFound(err) {
		return core.StateResult{}, nil
	}
	if err != nil {
		return core.StateResult{}, err
	}
	if info.ContainerJSONBase == nil || info.State == nil || !namedExactly(name, info.Name, info.ID) {
		return core.StateResult{}, nil
	}
	return core.StateResult{
		Exists: true, Running: info.State.Running && !info.State.Restarting, Status: info.State.Status, ID: info.ID,
	}, nil
}

// namedExactly tells a container of this name from one that the engine found because
// its ID begins so. The short ID that docker prints counts as a name.
func namedExactly(asked, name, id string) bool {
	if asked == strings.TrimPrefix(name, "/") || asked == id {
		return true
	}
	return len(asked) >= len(shortID(id)) && strings.HasPrefix(id, asked)
}
