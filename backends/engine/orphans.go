package engine

import (
	"context"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

func labelFilter(label, value string) filters.Args {
	if value != "" {
		label += "=" + value
	}
	return filters.NewArgs(filters.Arg("label", label))
}

// ListOrphans implements core.Containers. An orphan is the container of an attached
// run whose program is proven to have ended: it still runs, or it should have been
// removed (--rm). Containers with -d are meant to stay.
func (e *Engine) ListOrphans(ctx context.Context) ([]core.Orphan, error) {
	return e.listOrphans(ctx, attachedRuns, nil)
}

// ListMarkedOrphans implements core.Containers.
func (e *Engine) ListMarkedOrphans(ctx context.Context, req core.MarkedOrphansRequest) ([]core.Orphan, error) {
	var invalid error
	if req.Label == "" {
		invalid = core.Errorf(core.KindInvalidArgument, "the label's name is empty")
	}
	return e.listOrphans(ctx, claim{label: req.Label}, invalid)
}

func (e *Engine) listOrphans(ctx context.Context, of claim, invalid error) ([]core.Orphan, error) {
	orphans := []core.Orphan{}
	err := e.session.Perform(ctx, session.Operation{Invalid: invalid, Long: true}, func(ctx context.Context) error {
		found, err := e.orphans(ctx, of)
		for _, o := range found {
			orphans = append(orphans, o.Orphan)
		}
		return err
	})
	return orphans, err
}

type orphan struct {
	core.Orphan
	agent bool // it is an agent's or of its image; by label, for another import may have the image's name
}

// orphans lists the containers with a label that are proven to be left behind.
func (e *Engine) orphans(ctx context.Context, of claim) ([]orphan, error) {
	var all []container.Summary
	err := e.session.Retry(ctx, func(ctx context.Context) (err error) {
		all, err = e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: labelFilter(of.label, of.value)})
		return err
	})
	if err != nil {
		return nil, err
	}
	var orphans []orphan
	proof := orphanProof{engine: e, of: of, images: map[string]map[string]string{}}
	for _, c := range all {
		left, err := proof.holds(ctx, c)
		if err != nil {
			return nil, err
		}
		if left {
			orphans = append(orphans, describeOrphan(c))
		}
	}
	return orphans, nil
}

func describeOrphan(c container.Summary) orphan {
	name := ""
	if len(c.Names) > 0 {
		name = strings.TrimPrefix(c.Names[0], "/")
	}
	owner, uid := ownerOf(c.Labels)
	return orphan{agent: c.Labels[agent.Label] == "1", Orphan: core.Orphan{
		ContainerID: c.ID, Name: name, Image: c.Image, Running: isRunning(c), Remove: c.Labels[LabelRemove] == "1",
		Created: float64(c.Created), Session: c.Labels[LabelSession], Owner: owner, UID: uid,
	}}
}

func isRunning(c container.Summary) bool {
	return c.State == container.StateRunning || c.State == container.StatePaused || c.State == container.StateRestarting
}

// Reap implements core.Containers.
func (e *Engine) Reap(ctx context.Context, req core.ReapRequest) ([]core.Orphan, error) {
	reaped := []core.Orphan{}
	err := e.session.Perform(ctx, session.Operation{Long: true}, func(ctx context.Context) error {
		return e.reap(ctx, req, func(o core.Orphan) { reaped = append(reaped, o) })
	})
	return reaped, err
}

// reap ends orphans, and passes each to reaped.
func (e *Engine) reap(ctx context.Context, req core.ReapRequest, reaped func(core.Orphan)) error {
	orphans, err := e.orphans(ctx, attachedRuns)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		if time.Since(time.Unix(int64(o.Created), 0)).Seconds() < req.OlderThanSeconds {
			continue
		}
		if !req.DryRun {
			if err := e.reapOne(ctx, o); err != nil && !cerrdefs.IsNotFound(err) {
				return err
			}
		}
		reaped(o.Orphan)
	}
	if req.DryRun {
		return nil
	}
	return e.agents.RemoveImages(ctx)
}

func (e *Engine) reapOne(ctx context.Context, o orphan) error {
	return e.session.Retry(ctx, func(ctx context.Context) error {
		if o.Running && o.agent {
			// An agent that is told to end removes incomplete files.
			if err := e.api.ContainerStop(ctx, o.ContainerID, container.StopOptions{}); err != nil {
				return err
			}
		}
		if o.Remove {
			return e.removeFinished(ctx, o.ContainerID)
		}
		err := e.api.ContainerKill(ctx, o.ContainerID, "KILL")
		if cerrdefs.IsConflict(err) {
			return nil // it ended by itself
		}
		return err
	})
}
