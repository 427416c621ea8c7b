package swarm

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
)

// Run implements core.Containers. It reserves what the options ask for, waits for its turn, and runs
// the container on the node that Swarm has chosen. The time limit counts from then on.
func (c *Client) Run(ctx context.Context, req core.RunRequest, s core.Streams) (core.CommandResult, error) {
	asked, err := c.read(ctx, req)
	if err != nil {
		return core.CommandResult{}, c.fail(ctx, err)
	}
	if asked == nil { // an engine says what is wrong with the request
		return c.byManager.run(ctx, req, s)
	}
	if err := asked.mayMove(s); err != nil {
		return core.CommandResult{}, c.fail(ctx, err)
	}
	for {
		result, lost, err := c.runOnce(ctx, asked, req, s)
		if lost == nil {
			return result, err
		}
		s.Emit(*lost)
	}
}

// runOnce runs at one place. If the node is lost and the run is to be done again elsewhere, it
// returns what the caller is told, and the first one's container is ended once its node is back.
func (c *Client) runOnce(ctx context.Context, asked *asked, req core.RunRequest, s core.Streams) (core.CommandResult, *core.RescheduledEvent, error) {
	place, err := c.take(ctx, asked)
	if err != nil {
		return core.CommandResult{}, nil, c.fail(ctx, err)
	}
	result, err := c.runAt(ctx, place, asked, req, s)
	err = c.unlessLost(ctx, place.Node, err)
	if core.KindOf(err) == core.KindNodeLost {
		return c.afterLoss(ctx, place, asked, result, err)
	}
	if ended := c.leave(ctx, place, err == nil && !result.Detached); ended != nil && err == nil {
		err = ended
	}
	return result, nil, err
}

func (c *Client) runAt(ctx context.Context, place *reserve.Place, asked *asked, req core.RunRequest, s core.Streams) (core.CommandResult, error) {
	var event func(any)
	if req.Progress {
		event = s.Event
	}
	if err := c.bringImage(ctx, place, req.Image, event); err != nil {
		return core.CommandResult{}, c.fail(ctx, err)
	}
	req.Options, req.Reschedule = asked.optionsAt(place), false
	return place.Client.Run(ctx, req, s)
}

// run lets the manager's engine run: only what it refuses.
func (r byManager) run(ctx context.Context, req core.RunRequest, s core.Streams) (core.CommandResult, error) {
	var result core.CommandResult
	err := r.do(ctx, func(client core.DockerClient) (err error) { result, err = client.Run(ctx, req, s); return err })
	return result, err
}

// Create implements core.Containers. The container keeps its place until it has ended.
func (c *Client) Create(ctx context.Context, req core.CreateContainerRequest, event func(any)) (core.CreateContainerResult, error) {
	asRun := core.RunRequest{Image: req.Image, Command: req.Command, Options: req.Options, Shell: req.Shell, Environ: req.Environ, QueueTimeoutSeconds: req.QueueTimeoutSeconds}
	asked, err := c.read(ctx, asRun)
	var result core.CreateContainerResult
	if err == nil && asked == nil {
		err = c.byManager.do(ctx, func(client core.DockerClient) (err error) { result, err = client.Create(ctx, req, event); return err })
		return result, err
	}
	if err == nil {
		asked.detached = true
		err = asked.mayMove(core.Streams{})
	}
	if err != nil {
		return result, c.fail(ctx, err)
	}
	place, err := c.take(ctx, asked)
	if err != nil {
		return result, c.fail(ctx, err)
	}
	err = c.fail(ctx, c.bringImage(ctx, place, req.Image, event))
	if err == nil {
		req.Options = asked.optionsAt(place)
		result, err = place.Client.Create(ctx, req, event)
	}
	if ended := c.leave(ctx, place, false); ended != nil && err == nil {
		err = ended
	}
	return result, err
}

func (c *Client) take(ctx context.Context, asked *asked) (*reserve.Place, error) {
	place, err := c.queue.Take(ctx, asked.Ask, func(event any) { core.Report(ctx, event) })
	if err == nil && asked.Name != "" {
		c.places.put(asked.Name, place.Node.ID)
	}
	return place, err
}

// leave gives a place back; one whose container may not have ended is kept for it.
func (c *Client) leave(ctx context.Context, place *reserve.Place, ended bool) error {
	if ended {
		return c.fail(ctx, c.queue.Free(ctx, place))
	}
	return c.fail(ctx, c.queue.End(ctx, place))
}

// Rename implements core.Containers. The new name must be unused on all nodes.
func (c *Client) Rename(ctx context.Context, req core.RenameRequest) error {
	if name, err := core.ContainerName(req.Name); err == nil {
		if err := c.unused(ctx, name); err != nil {
			return c.fail(ctx, err)
		}
	}
	return c.byContainer.Rename(ctx, req)
}

// unused refuses a name that a node has. One that does not answer is not waited for.
func (c *Client) unused(ctx context.Context, name string) error {
	at, _, err := c.find(ctx, name)
	if err != nil || at == nil {
		return err
	}
	return core.Errorf(core.KindConflict, "the container name %q is in use on node %s: remove that container, or take another name", name, at.node.Name).With("node", at.node.Name)
}

// bringImage makes sure that a node has what the fleet has by a name: the manager's engine counts,
// or else any node's. What the fleet lacks, the node pulls by itself.
func (c *Client) bringImage(ctx context.Context, place *reserve.Place, image string, event func(any)) error {
	manager, managerID, err := c.members.Manager(ctx)
	if err != nil || managerID == place.Node.ID {
		return c.bringToManager(ctx, place, image, event, err)
	}
	there := false
	err = c.members.WhileUp(ctx, managerID, func(ctx context.Context) (err error) {
		there, err = manager.ImageExists(ctx, core.ImageRequest{Image: image})
		return err
	})
	if err != nil || there {
		return c.move(ctx, manager, place, image, event, err)
	}
	return c.bringToManager(ctx, place, image, event, nil)
}

// bringToManager is for an image that the manager's engine may lack.
func (c *Client) bringToManager(ctx context.Context, place *reserve.Place, image string, event func(any), err error) error {
	if err != nil {
		return err
	}
	if there, err := place.Client.ImageExists(ctx, core.ImageRequest{Image: image}); err != nil || there {
		return err
	}
	at, _, err := c.withImage(ctx, image)
	if err != nil || at == nil {
		return err
	}
	return c.move(ctx, at.client, place, image, event, nil)
}

func (c *Client) move(ctx context.Context, from core.DockerClient, place *reserve.Place, image string, event func(any), err error) error {
	if err != nil {
		return err
	}
	_, err = from.ImageTransfer(ctx, core.ImageTransferRequest{Image: image, Progress: event != nil}, place.Client, event)
	return err
}
