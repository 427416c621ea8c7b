package reserve

import (
	"context"
	"errors"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"
	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Take reserves, and waits until Swarm has placed the reservation. event gets a WaitingEvent when
// it waits, and each time that Swarm gives another reason. Whoever has the place frees it.
func (r *Reservations) Take(ctx context.Context, ask Ask, event func(any)) (*Place, error) {
	nodes, err := r.fleet.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	if ask, err = ask.fitting(nodes); err != nil {
		return nil, err
	}
	turn := &turn{event: event, limit: ask.QueueTimeout}
	ctx, done := turn.bounded(ctx)
	defer done()
	r.began.Do(r.readNotes)
	for try := 1; ; try++ {
		place, err := r.takeOnce(ctx, ask, turn)
		if err == nil || try == maxTries || !errors.Is(err, errStart) {
			return place, err
		}
	}
}

// maxTries is how often a placeholder is placed that does not start, or whose node dies before anything
// was run there.
const maxTries = 3

func (r *Reservations) takeOnce(ctx context.Context, ask Ask, turn *turn) (*Place, error) {
	image, err := r.prepare(ctx)
	if err != nil {
		return nil, turn.named(ctx, err)
	}
	id := uuid.NewString()
	r.hold(id)
	place := &Place{ID: id}
	if place.ServiceID, err = r.createFree(ctx, r.spec(id, ask, image), ask); err != nil {
		r.drop(id)
		return nil, turn.named(ctx, err)
	}
	if ask.Unused != nil {
		err = r.unused(ctx, ask)
	}
	if err == nil {
		err = r.placed(ctx, place, turn)
	}
	if err == nil {
		err = r.lock(ctx, place, turn)
	}
	if err != nil {
		return nil, r.undo(ctx, place, orAgain(place, turn.named(ctx, err)))
	}
	return place, nil
}

// orAgain marks the error of a node that was lost before anything was run there.
func orAgain(place *Place, err error) error {
	if place.Node.ID == "" || !session.EngineLost(err) {
		return err
	}
	failed := core.Errorf(core.KindOf(err), "%s", session.EngineMessage(err))
	failed.Err = errStart
	return failed.With("node", place.Node.Name)
}

// unused asks whether a name is unused. One of a container that nobody wants any more is.
func (r *Reservations) unused(ctx context.Context, ask Ask) error {
	err := ask.Unused(ctx)
	if core.KindOf(err) != core.KindConflict || r.sweep(ctx) != nil {
		return err
	}
	return ask.Unused(ctx)
}

// undo frees a place that was not taken, and returns why.
func (r *Reservations) undo(ctx context.Context, place *Place, cause error) error {
	if err := r.Free(ctx, place); err != nil {
		return core.Errorf(core.KindOf(cause), "%w; and the reservation %s stays (%s)", cause, serviceID(place), session.EngineMessage(err))
	}
	return cause
}

func serviceID(place *Place) string { return place.ServiceID[:min(12, len(place.ServiceID))] }

// createFree creates the service. A name that only a reservation has which nobody needs any more is
// free.
func (r *Reservations) createFree(ctx context.Context, spec swarm.ServiceSpec, ask Ask) (string, error) {
	id, err := r.create(ctx, spec)
	if core.KindOf(err) != core.KindConflict {
		return id, err
	}
	if swept := r.sweep(ctx); swept != nil {
		return "", swept
	}
	for range maxTries {
		id, err = r.create(ctx, spec)
		if core.KindOf(err) == core.KindConflict {
			err = r.inUse(ctx, spec.Name, ask.Name)
		}
		if !errors.Is(err, errFree) {
			break
		}
	}
	return id, err
}

// errFree is the cause of a conflict with what is gone by now.
var errFree = errors.New("the name is free again")

// inUse says what is known of whoever has a name. Where a program holds a place for it, the container
// may not exist yet: "reason" is "reserved".
func (r *Reservations) inUse(ctx context.Context, service, name string) error {
	var there swarm.Service
	err := r.fleet.Ask(ctx, func(ctx context.Context, api *client.Client) (err error) {
		there, _, err = api.ServiceInspectWithRaw(ctx, service, swarm.ServiceInspectOptions{})
		return err
	})
	if labels := there.Spec.Labels; err == nil && labels[labelMade] == "" {
		since := there.CreatedAt.UTC().Format(time.RFC3339)
		return core.Errorf(core.KindConflict, "the container name %q is in use in the fleet: a program on %s has taken, or waits for, a place for it (since %s): wait for that, or take another name",
			name, labels[engine.LabelHost], since).With("reason", "reserved").With("host", labels[engine.LabelHost]).With("since", since)
	}
	used := core.Errorf(core.KindConflict, "the container name %q is in use in the fleet: remove that container, or take another name", name)
	if cerrdefs.IsNotFound(err) || core.KindOf(err) == core.KindNotFound {
		used.Err = errFree
	}
	return used
}

// errStart is the cause of an error after which another try may help.
var errStart = errors.New("the placeholder did not start")

// placed waits until the placeholder runs, and fills in where.
func (r *Reservations) placed(ctx context.Context, place *Place, turn *turn) error {
	task, err := r.early(ctx, place)
	if err != nil {
		return err
	}
	if task.NodeID != "" {
		return r.started(ctx, place, task)
	}
	turn.waits(task.Status.Err)
	news, leave := r.waits.join(r.life, place.ServiceID)
	defer leave()
	for {
		var now listing
		select {
		case now = <-news:
		case <-ctx.Done():
			return core.ContextError(ctx, "")
		case <-r.life.Done():
			return core.ClosedError()
		}
		if now.err != nil {
			return now.err
		}
		if now.task.NodeID != "" {
			leave()
			return r.started(ctx, place, now.task)
		}
		turn.waits(now.task.Status.Err)
		if err := r.sweepSometimes(ctx); err != nil {
			return err
		}
	}
}

func reason(task swarm.Task) string {
	if task.Status.Err != "" {
		return task.Status.Err
	}
	return task.Status.Message
}

// started looks at a task that has a node until it runs.
func (r *Reservations) started(ctx context.Context, place *Place, task swarm.Task) (err error) {
	for {
		if task.DesiredState == swarm.TaskStateShutdown || task.DesiredState == swarm.TaskStateRemove {
			return r.notStarted(ctx, task) // its node was lost, or is drained
		}
		switch task.Status.State {
		case swarm.TaskStateRunning:
			return r.at(ctx, place, task)
		case swarm.TaskStateComplete, swarm.TaskStateShutdown, swarm.TaskStateFailed, swarm.TaskStateRejected, swarm.TaskStateRemove, swarm.TaskStateOrphaned:
			return r.notStarted(ctx, task)
		}
		if err := session.Sleep(ctx, looksEvery); err != nil {
			return core.ContextError(ctx, "")
		}
		if task, err = r.taskOf(ctx, task.ID); err != nil {
			return err
		}
	}
}

// notStarted is for a placeholder that does not run. An image that somebody has removed is loaded
// again, everywhere: it may be gone elsewhere, too, and there are few tries.
func (r *Reservations) notStarted(ctx context.Context, task swarm.Task) error {
	node, err := r.fleet.Node(ctx, task.NodeID)
	if err != nil {
		return err
	}
	if strings.Contains(strings.ToLower(reason(task)), "no such image") {
		if err := r.loadAgain(ctx); err != nil {
			return err
		}
	}
	failed := core.Errorf(core.KindEngineError, "the reservation on node %s did not start: it is %s (%s)", node.Name, task.Status.State, reason(task))
	failed.Err = errStart
	return failed.With("node", node.Name)
}

// at fills in the node and the devices.
func (r *Reservations) at(ctx context.Context, place *Place, task swarm.Task) (err error) {
	if place.Node, err = r.fleet.Node(ctx, task.NodeID); err != nil {
		return err
	}
	place.Devices = map[string][]string{}
	for _, resource := range task.GenericResources {
		if discrete := resource.DiscreteResourceSpec; discrete != nil {
			return core.Errorf(core.KindInvalidArgument, "node %s counts its %s, and does not name them, so that nobody can say which are free: name each in its daemon.json (node-generic-resources: %s=NAME)",
				place.Node.Name, discrete.Kind, discrete.Kind)
		}
		if named := resource.NamedResourceSpec; named != nil {
			place.Devices[named.Kind] = append(place.Devices[named.Kind], named.Value)
		}
	}
	if place.Client, err = r.fleet.Client(ctx, place.Node); err != nil {
		return err
	}
	return nil
}
