package reserve

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// orphaned ends the container of a reservation if it is an orphan: that of an attached run whose
// program is proven to have ended. It reports whether the place is free now.
func (r *Reservations) orphaned(ctx context.Context, labels map[string]string, seen sight) bool {
	containers := seen.states[labels[LabelReservation]]
	if len(containers) == 0 || labels[labelMade] != "" || r.isHeld(labels[LabelReservation]) || !r.ownerGone(labels) {
		return false
	}
	for _, c := range containers {
		if !ended(c) && !endOrphan(ctx, seen.engines[seen.at[c.ID]], c) {
			return false
		}
	}
	return true
}

// endOrphan does what Reap does, to one container.
func endOrphan(ctx context.Context, engine core.DockerClient, c container.Summary) bool {
	orphans, err := engine.ListOrphans(ctx)
	i := slices.IndexFunc(orphans, func(o core.Orphan) bool { return o.ContainerID == c.ID })
	if err != nil || i < 0 {
		return false
	}
	if orphans[i].Remove {
		err = engine.Remove(ctx, core.RemoveRequest{Container: c.ID, Force: true, Volumes: true})
	} else {
		err = engine.Kill(ctx, core.KillRequest{Container: c.ID, Signal: "KILL"})
	}
	kind := core.KindOf(err)
	return err == nil || kind == core.KindContainerNotFound || kind == core.KindContainerNotRunning
}
