package reserve

import (
	"context"
	"maps"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Swarm may give a device to another run while a container uses it that Swarm knows nothing of: a
// node that was down, and returns, still runs what it ran. So each device also has a lock on its
// node: a container with its name that is never started. Engines give a name once.

func lockName(kind, device string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '.'
	}, kind+"-"+device)
	return "ml-nexus-go-device-" + safe
}

// lock waits until no other run has the devices, and takes them.
func (r *Reservations) lock(ctx context.Context, place *Place, turn *turn) error {
	for _, kind := range slices.Sorted(maps.Keys(place.Devices)) {
		for _, device := range place.Devices[kind] {
			if err := r.lockDevice(ctx, place, kind, device, turn); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Reservations) lockDevice(ctx context.Context, place *Place, kind, device string, turn *turn) error {
	name := lockName(kind, device)
	for {
		err := r.makeLock(ctx, place, name)
		if !cerrdefs.IsConflict(err) {
			return translated(ctx, err)
		}
		busy, err := r.holderLives(ctx, place, name)
		if err != nil {
			return translated(ctx, err)
		}
		if !busy {
			continue
		}
		turn.waits(kind + " " + device + " on node " + place.Node.Name + " is still used by another run")
		// Swarm has freed the place of a node that was away, but what ran there has not been looked at.
		if err := r.sweepSometimes(ctx); err != nil {
			return err
		}
		if err := session.Sleep(ctx, listEvery); err != nil {
			return core.ContextError(ctx, "")
		}
	}
}

func translated(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return session.Translate(ctx, err)
}

func (r *Reservations) makeLock(ctx context.Context, place *Place, name string) error {
	image, err := placeholderFor(architecture(place.Node.Architecture))
	if err != nil {
		return err
	}
	id, err := r.present(ctx, place.Client, image)
	if err != nil {
		return err
	}
	labels := maps.Clone(r.labels)
	labels[LabelReservation], labels[LabelPlaceholder] = place.ID, "1"
	return again(ctx, place.Client, func(ctx context.Context, api *client.Client) error {
		_, err := api.ContainerCreate(ctx, &container.Config{Image: id, Labels: labels}, nil, nil, nil, name)
		if !cerrdefs.IsConflict(err) {
			return err
		}
		// The first request's answer may have been lost.
		if holder, looked := api.ContainerInspect(ctx, name); looked == nil && holder.Config.Labels[LabelReservation] == place.ID {
			return nil
		}
		return err
	})
}

// again asks a node something that may be asked twice, through lost connections.
func again(ctx context.Context, engine core.DockerClient, ask func(ctx context.Context, api *client.Client) error) error {
	api := engine.(interface{ API() *client.Client }).API()
	for {
		err := ask(ctx, api)
		if err == nil || ctx.Err() != nil || !session.AnswerLost(err) {
			return err
		}
		if _, lost := engine.Ping(ctx); lost != nil {
			return lost
		}
	}
}

// holderLives reports whether the run that has a lock still needs it. A lock that nobody needs is
// removed: by its ID, as another client may have taken the name since.
func (r *Reservations) holderLives(ctx context.Context, place *Place, name string) (bool, error) {
	var holder container.InspectResponse
	err := again(ctx, place.Client, func(ctx context.Context, api *client.Client) (err error) {
		holder, err = api.ContainerInspect(ctx, name)
		return err
	})
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	reservation := holder.Config.Labels[LabelReservation]
	reserved, err := r.exists(ctx, reservation)
	if err != nil || reserved {
		return true, err
	}
	running, err := runsThere(ctx, place.Client, reservation)
	if err != nil || running {
		return true, err
	}
	return false, removeContainer(ctx, place.Client, holder.ID)
}

// exists reports whether a reservation has a service.
func (r *Reservations) exists(ctx context.Context, reservation string) (bool, error) {
	services, err := r.services(ctx, LabelReservation+"="+reservation)
	return len(services) > 0, err
}

// runsThere reports whether a reservation's container has not ended on a node.
func runsThere(ctx context.Context, engine core.DockerClient, reservation string) (bool, error) {
	containers, err := containersOf(ctx, engine, LabelReservation+"="+reservation)
	return slices.ContainsFunc(containers, func(c container.Summary) bool { return !isOurs(c) && !ended(c) }), err
}

func containersOf(ctx context.Context, engine core.DockerClient, label string) (containers []container.Summary, err error) {
	err = again(ctx, engine, func(ctx context.Context, api *client.Client) error {
		containers, err = api.ContainerList(ctx, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label))})
		return err
	})
	return containers, err
}

func isOurs(c container.Summary) bool { return c.Labels[LabelPlaceholder] != "" }

func ended(c container.Summary) bool {
	return c.State == container.StateExited || c.State == container.StateDead || c.State == container.StateRemoving
}

func removeContainer(ctx context.Context, engine core.DockerClient, id string) error {
	return again(ctx, engine, func(ctx context.Context, api *client.Client) error {
		err := api.ContainerRemove(ctx, id, container.RemoveOptions{})
		if cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) { // it is gone, or being removed
			return nil
		}
		return err
	})
}
