package swarm

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

// The methods of these are generated: each finds its node, and calls the same method there.
type (
	byContainer struct{ fleet *Client }
	byImage     struct{ fleet *Client }
	byManager   struct{ fleet *Client }
	byOnlyNode  struct{ fleet *Client }
)

// do calls on the node that has the container. Where none has it, the manager's engine is asked:
// it gives the answer, or the error, of any engine without such a container.
func (r byContainer) do(ctx context.Context, container string, call func(core.DockerClient) error) error {
	c := r.fleet
	name, err := core.ContainerName(container)
	if err != nil {
		return byManager(r).do(ctx, call)
	}
	if at := c.remembered(ctx, name); at != nil {
		err := call(at.client)
		if core.KindOf(err) != core.KindContainerNotFound {
			return c.unlessLost(ctx, at.node, err)
		}
		c.places.forget(name) // nothing was done: it may be elsewhere
	}
	at, silent, err := c.find(ctx, name)
	switch {
	case err != nil:
		return c.fail(ctx, err)
	case at != nil:
		return c.unlessLost(ctx, at.node, call(at.client))
	case silent != nil:
		return c.fail(ctx, notSeen("container", name, silent))
	}
	return byManager(r).do(ctx, call)
}

// notSeen is for what no node has that answers.
func notSeen(what, name string, silent error) error {
	return core.Errorf(core.KindEngineUnreachable, "no node that answers has the %s %s, and not all of them answer: %w", what, name, silent)
}

// do calls on the manager's engine if it has the image, or else on a node that has it.
func (r byImage) do(ctx context.Context, image string, call func(core.DockerClient) error) error {
	err := byManager(r).do(ctx, call)
	if core.KindOf(err) != core.KindImageNotFound {
		return err
	}
	at, _, lost := r.fleet.withImage(ctx, image)
	if lost != nil || at == nil {
		return err
	}
	return call(at.client)
}

// withImage finds a node that has an image; nil if none has it.
func (c *Client) withImage(ctx context.Context, image string) (at *found, silent, err error) {
	return c.search(ctx, func(ctx context.Context, client core.DockerClient) (bool, error) {
		return client.ImageExists(ctx, core.ImageRequest{Image: image})
	})
}

// ImageExists implements core.Images. It is asked of the manager's engine, and then of the nodes.
func (c *Client) ImageExists(ctx context.Context, req core.ImageRequest) (bool, error) {
	exists := false
	err := c.byManager.do(ctx, func(manager core.DockerClient) (err error) { exists, err = manager.ImageExists(ctx, req); return err })
	if err != nil || exists {
		return exists, err
	}
	at, silent, err := c.withImage(ctx, req.Image)
	if err == nil && at == nil && silent != nil {
		err = notSeen("image", req.Image, silent)
	}
	return at != nil, c.fail(ctx, err)
}

// do calls on the manager's engine. If that is lost, the next call is another manager's: this one may
// have been done.
func (r byManager) do(ctx context.Context, call func(core.DockerClient) error) error {
	manager, _, err := r.fleet.members.Manager(ctx)
	if err != nil {
		return r.fleet.fail(ctx, err)
	}
	if err = call(manager); err != nil && members.Lost(err) {
		r.fleet.members.Leave(manager)
	}
	return err
}

// do calls on the only node. With several nodes it would not be clear where the work is done.
func (r byOnlyNode) do(ctx context.Context, call func(core.DockerClient) error) error {
	c := r.fleet
	nodes, err := c.members.Nodes(ctx)
	if err != nil {
		return c.fail(ctx, err)
	}
	if len(nodes) != 1 {
		return c.fail(ctx, core.Errorf(core.KindInvalidArgument,
			"a fleet of %d nodes does not do this, which concerns one host: take a place there (reserve), or connect to the node itself", len(nodes)).
			With("reason", "needs_a_node"))
	}
	client, err := c.members.Client(ctx, nodes[0])
	if err != nil {
		return c.fail(ctx, err)
	}
	return call(client)
}
