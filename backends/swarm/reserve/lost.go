package reserve

import (
	"context"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// A node that Swarm calls down may still run what it ran, and come back with it. Where that is not
// wanted any more, a note says so: a service without tasks, with the ID of the reservation and that
// of the node. Whichever client sees the node again first ends the container there.

// LabelLost is the ID of the node, on notes.
const LabelLost = "ml-nexus-go.lost"

// GiveUp replaces the reservation on a lost node by a note that its container is to be ended there.
func (r *Reservations) GiveUp(ctx context.Context, place *Place) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	if _, err := r.create(ctx, r.note(place)); err != nil {
		return translated(ctx, err)
	}
	defer r.drop(place.ID)
	r.expect(place)
	return r.remove(ctx, place.ServiceID)
}

// Keep lets a reservation on a lost node be: its container may still run there.
func (r *Reservations) Keep(ctx context.Context, place *Place) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	return r.leave(ctx, place)
}

func (r *Reservations) note(place *Place) swarm.ServiceSpec {
	spec := r.spec(place.ID, Ask{}, imageID{"sha256:" + strings.Repeat("0", 64)})
	none := uint64(0)
	spec.Mode.Replicated.Replicas = &none
	spec.Name = serviceName("lost/"+place.ID, "")
	spec.Labels[LabelLost] = place.Node.ID
	return spec
}

// returnsEvery is how often a client looks whether a node is back that it has left a note about.
const returnsEvery = 5 * time.Second

// expect lets this client look for a lost node, until it is back or the client is closed.
func (r *Reservations) expect(place *Place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes[place.ID] = place.Node.ID
	if len(r.notes) > 1 {
		return
	}
	guard.Go(func() {
		for r.expects() && session.Sleep(r.life, returnsEvery) == nil {
			if r.isBack() {
				_ = r.sweep(r.life) // else again
			}
		}
	}, nil)
}

func (r *Reservations) expects() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.notes) > 0
}

// isBack reports whether a node that this client has left a note about is ready, or is none any more.
func (r *Reservations) isBack() bool {
	nodes, err := r.fleet.Nodes(r.life)
	if err != nil {
		return false
	}
	away := map[string]bool{}
	for _, node := range nodes {
		away[node.ID] = !node.Ready
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, node := range r.notes {
		if !away[node] {
			return true
		}
	}
	return false
}

// readNotes ends what was left behind on nodes that are back. The first run of a client does so in
// the background.
func (r *Reservations) readNotes() {
	guard.Go(func() {
		services, err := r.services(r.life, LabelLost)
		if err == nil && len(services) > 0 {
			_ = r.sweep(r.life) // else whoever waits
		}
	}, nil)
}

// endLost does what a note says, if its node is back.
func (r *Reservations) endLost(ctx context.Context, note swarm.Service, seen sight) error {
	id, node := note.Spec.Labels[LabelReservation], note.Spec.Labels[LabelLost]
	engine := seen.engines[node]
	if engine == nil && slices.Contains(seen.nodes, node) {
		return nil
	}
	if engine != nil {
		for _, c := range seen.states[id] {
			if err := kill(ctx, engine, c.ID); err != nil {
				return nil // the next one tries again
			}
			core.Report(ctx, core.WarningEvent{Event: "warning", Message: "container " + c.ID[:12] +
				" was ended: its node was lost, and its run was begun again elsewhere before the node came back"})
		}
		if err := unlock(ctx, engine, id); err != nil {
			return nil
		}
	}
	r.mu.Lock()
	delete(r.notes, id)
	r.mu.Unlock()
	return r.remove(ctx, note.ID)
}

// kill removes a container that may run. One that is being removed is not gone yet.
func kill(ctx context.Context, engine core.DockerClient, id string) error {
	return again(ctx, engine, func(ctx context.Context, api *client.Client) error {
		err := api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
		if cerrdefs.IsNotFound(err) {
			return nil
		}
		return err
	})
}

// services lists the fleet's services with a label.
func (r *Reservations) services(ctx context.Context, label string) (services []swarm.Service, err error) {
	err = r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) (err error) {
		services, err = api.ServiceList(ctx, swarm.ServiceListOptions{Filters: filters.NewArgs(filters.Arg("label", label))})
		return err
	})
	return services, err
}
