package swarm

import (
	"context"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

// Sync implements core.HostFiles: to the host of the node that the request names, or to that of a
// fleet of one node.
func (c *Client) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	if req.Node == "" {
		return c.byOnlyNode.Sync(ctx, req, progress)
	}
	client, err := c.atNode(ctx, req.Node)
	if err != nil {
		return core.SyncReport{Issues: []core.SyncIssue{}}, c.fail(ctx, err)
	}
	req.Node = ""
	return client.Sync(ctx, req, progress)
}

// atNode connects to a node by its name or ID.
func (c *Client) atNode(ctx context.Context, name string) (core.DockerClient, error) {
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
	return c.members.Client(ctx, nodes[at])
}
