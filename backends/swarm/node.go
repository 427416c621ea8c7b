package swarm

import (
	"context"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

// nodeClient is a client of one node of a fleet: that of its engine, whose lost connection is a lost
// node where Swarm calls it down. Its other methods are generated.
type nodeClient struct {
	fleet  *Client
	node   members.Node
	engine members.Engine
}

func (n nodeClient) do(ctx context.Context, call func(core.DockerClient) error) error {
	return n.fleet.unlessLost(ctx, n.node, call(n.engine))
}

// fail is that of the fleet, and says whether the node was lost.
func (n nodeClient) fail(ctx context.Context, err error) error {
	return n.fleet.unlessLost(ctx, n.node, n.fleet.fail(ctx, err))
}

// Target implements core.DockerClient.
func (n nodeClient) Target() string { return n.engine.Target() }

// Close implements core.DockerClient. The connection is the fleet's, and stays.
func (n nodeClient) Close() error { return nil }

// atNode connects to a node by its name or ID.
func (c *Client) atNode(ctx context.Context, name string) (*nodeClient, error) {
	nodes, err := c.members.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(nodes, func(n members.Node) bool { return n.ID == name || n.Name == name })
	if at < 0 {
		var names []string
		for _, n := range nodes {
			names = append(names, n.Name)
		}
		return nil, core.Errorf(core.KindInvalidArgument, "the fleet has no node %q: it has %s", name, strings.Join(names, ", ")).With("reason", "no_such_node")
	}
	engine, err := c.members.Client(ctx, nodes[at])
	if err != nil {
		return nil, c.unlessLost(ctx, nodes[at], err)
	}
	return &nodeClient{c, nodes[at], engine}, nil
}
