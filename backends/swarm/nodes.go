package swarm

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// Nodes implements core.Fleet.
func (c *Client) Nodes(ctx context.Context) ([]core.FleetNode, error) {
	nodes, err := c.overview.Nodes(ctx)
	return nodes, c.fail(ctx, err)
}

// WaitingRuns implements core.Fleet.
func (c *Client) WaitingRuns(ctx context.Context) ([]core.WaitingRun, error) {
	waiting, err := c.overview.WaitingRuns(ctx)
	return waiting, c.fail(ctx, err)
}
