package engine

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// createOnce creates the container of a run. If the connection is lost before the answer
// arrived, it looks for a container with the run's label, and repeats the request only if
// there is none.
func (e *Engine) createOnce(ctx context.Context, runID string, create func(ctx context.Context) (container.CreateResponse, error)) (container.CreateResponse, error) {
	response, err := create(ctx)
	if err == nil || !session.AnswerLost(err) && ctx.Err() == nil {
		return response, err
	}
	for session.AnswerLost(err) && ctx.Err() == nil {
		if again := e.session.AwaitEngine(ctx); again != nil {
			err = mayExist(ctx, runID, session.NotBack(ctx, err, again))
			break
		}
		response, err = e.findOrCreate(ctx, runID, create)
	}
	if err != nil && !cerrdefs.IsNotFound(err) { // without its image it is created again, after a pull
		// Whatever becomes of this: what was made and is nobody's is removed.
		e.session.UndoCreation(func(ctx context.Context) (bool, error) { return e.removeAllBut(ctx, runID, "") })
	}
	return response, err
}

// findOrCreate is for a creation whose answer was lost.
func (e *Engine) findOrCreate(ctx context.Context, runID string, create func(ctx context.Context) (container.CreateResponse, error)) (response container.CreateResponse, err error) {
	found, err := e.createdBy(ctx, runID)
	if err != nil {
		return response, err
	}
	if len(found) > 0 {
		response.ID = found[0]
		return response, nil
	}
	// The first request may be on its way still, and come before this one (a name
	// in use) or after it (two containers).
	response, err = e.createDespite(ctx, runID, create)
	if err == nil {
		e.dropOthers(ctx, runID, response.ID)
	}
	return response, err
}

// createDespite creates a container although an earlier request may be doing so. An engine
// gives a name away before there is a container that can be listed: as long as the name's
// owner cannot be looked at, this asks again.
func (e *Engine) createDespite(ctx context.Context, runID string, create func(ctx context.Context) (container.CreateResponse, error)) (container.CreateResponse, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, time.Second
	for began := time.Now(); ; {
		response, conflict := create(ctx)
		if !cerrdefs.IsConflict(conflict) {
			return response, conflict
		}
		id, making, err := e.createdMeanwhile(ctx, runID, conflict)
		if response.ID = id; id != "" || err != nil {
			return response, err
		}
		if !making || time.Since(began) > session.MakingTime || session.Sleep(ctx, pause.NextBackOff()) != nil {
			return response, conflict
		}
	}
}

// nameOwner finds in an engine's message which container has the name.
var nameOwner = regexp.MustCompile(`is already in use by container "?([0-9a-f]{64})`)

// createdMeanwhile returns the container of a run whose creation met a conflict, "" where it
// is not there, and whether the one with its name is still being made.
func (e *Engine) createdMeanwhile(ctx context.Context, runID string, conflict error) (id string, making bool, err error) {
	owner := nameOwner.FindStringSubmatch(conflict.Error())
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		if owner != nil {
			_, err := e.api.ContainerInspect(ctx, owner[1])
			making = cerrdefs.IsNotFound(err)
		}
		found, err := e.createdBy(ctx, runID)
		if len(found) > 0 {
			id = found[0]
		}
		return err
	})
	return id, making, err
}

// createdBy returns the containers of a run.
func (e *Engine) createdBy(ctx context.Context, runID string) ([]string, error) {
	found, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: labelFilter(LabelRun, runID)})
	ids := make([]string, 0, len(found))
	for _, one := range found {
		ids = append(ids, one.ID)
	}
	return ids, err
}

// dropOthers removes what a repeated creation made twice; none of it was started. A
// connection that is lost for good shows in the next step.
func (e *Engine) dropOthers(ctx context.Context, runID, keep string) {
	_ = e.session.Retry(ctx, func(ctx context.Context) error {
		_, err := e.removeAllBut(ctx, runID, keep)
		return err
	})
}

// removeAllBut removes the containers of a run except one, and reports whether there were any;
// none of them was started.
func (e *Engine) removeAllBut(ctx context.Context, runID, keep string) (found bool, err error) {
	ids, err := e.createdBy(ctx, runID)
	if err != nil {
		return false, err
	}
	for _, id := range slices.DeleteFunc(ids, func(id string) bool { return id == keep }) {
		found = true
		err := e.api.ContainerRemove(ctx, id, container.RemoveOptions{RemoveVolumes: true})
		if err != nil && !cerrdefs.IsNotFound(err) {
			return found, err
		}
	}
	return found, nil
}

// mayExist adds to an error how to find a container that may have been created.
func mayExist(ctx context.Context, runID string, err error) error {
	if ctx.Err() != nil || core.KindOf(err) != core.KindConnectionLost {
		return err
	}
	return core.Errorf(core.KindConnectionLost, "%w: the container may have been created, but does not run; it has the label %s=%s", err, LabelRun, runID).
		With("label", LabelRun+"="+runID)
}
