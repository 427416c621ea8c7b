package engine

import (
	"context"
	"regexp"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Pause implements core.Containers.
func (e *Engine) Pause(ctx context.Context, req core.ContainerRequest) error {
	return e.pausing(ctx, req, true, e.api.ContainerPause)
}

// Unpause implements core.Containers.
func (e *Engine) Unpause(ctx context.Context, req core.ContainerRequest) error {
	return e.pausing(ctx, req, false, e.api.ContainerUnpause)
}

// pausing pauses or unpauses. After a lost answer the container's state says whether that was
// done; only if it was not, the engine is asked again. The first request may still arrive
// before the second, which is then refused: that is success.
func (e *Engine) pausing(ctx context.Context, req core.ContainerRequest, pause bool, do func(ctx context.Context, name string) error) error {
	return e.session.Perform(ctx, session.Operation{Container: &req.Container}, func(ctx context.Context) error {
		ask := func(ctx context.Context) error { return pauseFault(do(ctx, req.Container)) }
		return e.session.Once(ctx, ask, func(ctx context.Context) (bool, error) {
			now, err := containerinfo.State(ctx, e.api, req.Container)
			if err != nil {
				return false, err
			}
			if isPaused(now) == pause {
				return true, nil
			}
			err = ask(ctx)
			if already(err) {
				err = nil
			}
			return true, err
		})
	})
}

func isPaused(s core.StateResult) bool { return s.Status == string(container.StatePaused) }

var (
	alreadyPaused = regexp.MustCompile(`(?i)container \S+ is already paused`)
	notPaused     = regexp.MustCompile(`(?i)container \S+ is not paused`)
)

// already reports whether the engine refused because there is nothing to do.
func already(err error) bool {
	return err != nil && (alreadyPaused.MatchString(err.Error()) || notPaused.MatchString(err.Error()))
}

// pauseFault makes a conflict of what engines refuse with status 500.
func pauseFault(err error) error {
	if err != nil && notPaused.MatchString(err.Error()) {
		return core.Errorf(core.KindConflict, "%s", session.EngineMessage(err))
	}
	return err
}
