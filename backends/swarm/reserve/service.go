package reserve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
)

// serviceName is the lock of a container's name in the fleet. A container's name may be longer than
// a service's, and have other characters.
func serviceName(reservation, container string) string {
	unique := reservation
	if container != "" {
		unique = "name/" + container
	}
	sum := sha256.Sum256([]byte(unique))
	return "ml-nexus-go-" + hex.EncodeToString(sum[:])[:32]
}

var placeholderName = regexp.MustCompile(`^ml-nexus-go-[0-9a-f]{32}\.1\.[0-9a-z]+$`)

// IsPlaceholder reports whether a container's name is that of a reservation's task.
func IsPlaceholder(container string) bool { return placeholderName.MatchString(container) }

// spec is the service of a reservation.
func (r *Reservations) spec(id string, ask Ask, image imageID) swarm.ServiceSpec {
	labels := maps.Clone(r.labels)
	labels[LabelReservation], labels[labelName] = id, ask.Name
	if ask.Held {
		labels[labelPlace] = "1"
	}
	one := uint64(1)
	return swarm.ServiceSpec{
		Annotations: swarm.Annotations{Name: serviceName(id, ask.Name), Labels: labels},
		Mode:        swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &one}},
		TaskTemplate: swarm.TaskSpec{
			ContainerSpec: &swarm.ContainerSpec{
				Image: image.id, Command: []string{program, "hold"},
				Labels: map[string]string{LabelReservation: id, LabelPlaceholder: "1"},
			},
			Resources: ask.resources(),
			// A node that is cut off goes on running its containers: a reservation that moved by
			// itself would let two runs live.
			RestartPolicy: &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionNone},
			Placement:     &swarm.Placement{Constraints: append([]string{image.constraint()}, ask.Constraints...)},
			// It needs no network, and that of the host takes no time to set up.
			Networks:  []swarm.NetworkAttachmentConfig{{Target: "host"}},
			LogDriver: &swarm.Driver{Name: "none"},
		},
	}
}

// create creates the service, once, and returns its ID. A name in use is a *core.Error of the kind
// Conflict. A caller that goes does not interrupt it: nobody would know whether there is a service.
// A manager that hangs may do later what another one was asked since: the name is in use then, or what
// it makes is held by nobody, and swept.
func (r *Reservations) create(ctx context.Context, spec swarm.ServiceSpec) (string, error) {
	if ctx.Err() != nil {
		return "", core.ContextError(ctx, "")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTime)
	defer cancel()
	id, lost := "", false
	err := r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		made, err := api.ServiceCreate(ctx, spec, swarm.ServiceCreateOptions{})
		id = made.ID
		if cerrdefs.IsConflict(err) && lost { // the answer of the first request was lost
			var there swarm.Service
			there, _, err = api.ServiceInspectWithRaw(ctx, spec.Name, swarm.ServiceInspectOptions{})
			if err == nil && there.Spec.Labels[LabelReservation] != spec.Labels[LabelReservation] {
				return core.Errorf(core.KindConflict, "the name is in use")
			}
			id = there.ID
		}
		lost = err != nil
		return err
	})
	return id, err
}

// remove removes a service, which may be gone.
func (r *Reservations) remove(ctx context.Context, id string) error {
	return r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		err := api.ServiceRemove(ctx, id)
		if cerrdefs.IsNotFound(err) {
			return nil
		}
		return err
	})
}

// made notes on the service that its container was made and outlives its client: where there is no
// such container any more, the place is free.
func (r *Reservations) made(ctx context.Context, place *Place) error {
	return r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) error {
		for {
			service, _, err := api.ServiceInspectWithRaw(ctx, place.ServiceID, swarm.ServiceInspectOptions{})
			if err != nil || service.Spec.Labels[labelMade] == "1" {
				return err
			}
			service.Spec.Labels[labelMade] = "1"
			_, err = api.ServiceUpdate(ctx, service.ID, service.Version, service.Spec, swarm.ServiceUpdateOptions{})
			if err == nil || !outOfDate(err) {
				return err
			}
		}
	})
}
