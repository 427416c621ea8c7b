package reserve

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// freeTime bounds how long a call waits to free its place. What is not free then, any client frees
// that waits for resources.
const freeTime = session.SlowCleanupTime

// End gives a place back, unless a container runs there that outlives its call: then it keeps the
// place until it has ended. So it does where the node cannot say.
func (r *Reservations) End(ctx context.Context, place *Place) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	running, err := runsThere(ctx, place.Client, place.ID)
	if err != nil || running {
		return r.leave(ctx, place)
	}
	return r.Free(ctx, place)
}

// leave lets a place go on for a container that outlives its call.
func (r *Reservations) leave(ctx context.Context, place *Place) error {
	defer r.drop(place.ID)
	return r.made(ctx, place)
}

// Free gives a place back, although ctx may have ended.
func (r *Reservations) Free(ctx context.Context, place *Place) error {
	defer r.drop(place.ID)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	if place.Client != nil && len(place.Devices) > 0 {
		if err := unlock(ctx, place.Client, place.ID); err != nil && !session.EngineLost(err) {
			return translated(ctx, err)
		}
	}
	return r.remove(ctx, place.ServiceID)
}

// unlock removes the locks of a reservation from its node.
func unlock(ctx context.Context, engine core.DockerClient, reservation string) error {
	containers, err := containersOf(ctx, engine, LabelReservation+"="+reservation)
	for _, c := range containers {
		if err == nil && isOurs(c) && c.State == container.StateCreated {
			err = removeContainer(ctx, engine, c.ID)
		}
	}
	return err
}

// sweepEvery is how often a client that waits looks for reservations that nobody needs.
const sweepEvery = 5 * time.Second

func (r *Reservations) sweepSometimes(ctx context.Context) error {
	r.mu.Lock()
	late := time.Since(r.swept) > sweepEvery
	if late {
		r.swept = time.Now()
	}
	r.mu.Unlock()
	if !late {
		return nil
	}
	return r.sweep(ctx)
}

// Sweep frees the reservations whose containers have ended, whoever made them.
func (r *Reservations) Sweep(ctx context.Context) error { return r.sweep(ctx) }

func (r *Reservations) sweep(ctx context.Context) error {
	// First the reservations, then the containers: what is made in between is not missed.
	services, err := r.services(ctx, LabelReservation)
	if err != nil || len(services) == 0 {
		return err
	}
	seen, err := r.look(ctx)
	if err != nil {
		return err
	}
	for _, service := range services {
		if service.Spec.Labels[LabelLost] != "" {
			if err := r.endLost(ctx, service, seen); err != nil {
				return err
			}
			continue
		}
		if !r.needless(service.Spec.Labels, seen) && !r.orphaned(ctx, service.Spec.Labels, seen) {
			continue
		}
		id := service.Spec.Labels[LabelReservation]
		for _, engine := range seen.engines {
			if seen.locks[id] {
				_ = unlock(ctx, engine, id) // else whoever wants the device does it
			}
		}
		if err := r.remove(ctx, service.ID); err != nil {
			return err
		}
	}
	return nil
}

// sight is what the nodes say about reservations' containers.
type sight struct {
	states  map[string][]container.Summary // the containers of each reservation
	locks   map[string]bool
	nodes   []string                     // their IDs
	engines map[string]core.DockerClient // of those that have answered
	at      map[string]string            // the node of each container, by their IDs
	all     bool                         // all have
}

// look asks all nodes for the containers of reservations.
func (r *Reservations) look(ctx context.Context) (sight, error) {
	s := sight{states: map[string][]container.Summary{}, locks: map[string]bool{}, engines: map[string]core.DockerClient{}, at: map[string]string{}, all: true}
	nodes, err := r.fleet.Nodes(ctx)
	if err != nil {
		return s, err
	}
	lists, clients := make([][]container.Summary, len(nodes)), make([]core.DockerClient, len(nodes))
	err = guard.Each(ctx, atOnce, len(nodes), func(i int) error {
		clients[i], lists[i] = r.lookAt(ctx, nodes[i])
		return nil
	})
	for i, list := range lists {
		s.nodes = append(s.nodes, nodes[i].ID)
		if clients[i] == nil {
			s.all = false
			continue
		}
		s.engines[nodes[i].ID] = clients[i]
		for _, c := range list {
			id := c.Labels[LabelReservation]
			if isOurs(c) {
				s.locks[id] = s.locks[id] || c.State == container.StateCreated
			} else {
				s.states[id] = append(s.states[id], c)
				s.at[c.ID] = nodes[i].ID
			}
		}
	}
	return s, err
}

// lookAt returns no client for a node that does not answer.
func (r *Reservations) lookAt(ctx context.Context, node members.Node) (core.DockerClient, []container.Summary) {
	if !node.Ready {
		return nil, nil
	}
	var engine members.Engine
	var containers []container.Summary
	err := r.fleet.AskNode(ctx, node, func(ctx context.Context, its members.Engine) (err error) {
		engine = its
		containers, err = containersOf(ctx, engine, LabelReservation)
		return err
	})
	if err != nil {
		return nil, nil
	}
	return engine, containers
}

// needless reports whether it is certain that nobody needs a reservation: its container has ended;
// or no node has it, and it was made, or whoever was to make it is gone. A place that is held is
// needed until its program has given it back or is gone, whatever has ended there.
func (r *Reservations) needless(labels map[string]string, seen sight) bool {
	id := labels[LabelReservation]
	if r.isHeld(id) {
		return false
	}
	for _, c := range seen.states[id] {
		if !ended(c) {
			return false
		}
	}
	if len(seen.states[id]) > 0 && labels[labelPlace] == "" {
		return true
	}
	return (seen.all || len(seen.states[id]) > 0) && (labels[labelMade] != "" || r.mine(labels) || r.ownerGone(labels))
}

func (r *Reservations) mine(labels map[string]string) bool {
	return labels[engine.LabelSession] == r.open.Session
}
