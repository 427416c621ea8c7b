package swarm

import (
	"context"

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
