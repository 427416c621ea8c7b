package swarm

import (
	"context"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// beside takes a run to the node of the containers whose namespaces or volumes it shares.
func (c *Client) beside(ctx context.Context, a *asked, host *container.HostConfig) error {
	var first *found
	for _, name := range sharedWith(host) {
		at, err := c.sharing(ctx, name)
		if err != nil {
			return err
		}
		switch {
		case first == nil:
			first, a.shares = at, name
			a.Constraints = append(slices.Clone(a.Constraints), "node.id=="+at.node.ID)
		case first.node.ID != at.node.ID:
			return core.Errorf(core.KindInvalidArgument,
				"the containers %s (on node %s) and %s (on node %s) are on different nodes, and a container can share only with those of its own: run all of them on one node (--constraint, or reserve)",
				a.shares, first.node.Name, name, at.node.Name).With("reason", "apart")
		}
	}
	return nil
}

// sharedWith lists the containers that a container shares something with, which only those of one
// engine can.
func sharedWith(host *container.HostConfig) []string {
	names := []string{host.PidMode.Container(), host.IpcMode.Container(), host.NetworkMode.ConnectedContainer()}
	for _, from := range slices.Concat(host.VolumesFrom, host.Links) {
		name, _, _ := strings.Cut(from, ":")
		names = append(names, name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// sharing returns where a container is that a run is to share something with.
func (c *Client) sharing(ctx context.Context, name string) (*found, error) {
	name, err := core.ContainerName(name)
	if err != nil {
		return nil, err
	}
	at, silent, err := c.find(ctx, name)
	switch {
	case err != nil || at != nil:
		return at, err
	case silent != nil:
		return nil, notSeen("container", name, silent)
	}
	return nil, core.Errorf(core.KindContainerNotFound, "no node of the fleet has the container %s, with which the run is to share: start that one first, or correct its name", name)
}
