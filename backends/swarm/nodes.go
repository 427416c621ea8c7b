package swarm

import (
	"context"
	"encoding/json"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
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

// Ping implements core.System: a manager answers, another one if the first says nothing.
func (c *Client) Ping(ctx context.Context) (core.PingResult, error) {
	return ofManager(ctx, c, core.DockerClient.Ping)
}

// Info implements core.System, as Ping does.
func (c *Client) Info(ctx context.Context) (json.RawMessage, error) {
	return ofManager(ctx, c, core.DockerClient.Info)
}

// Version implements core.System, as Ping does.
func (c *Client) Version(ctx context.Context) (json.RawMessage, error) {
	return ofManager(ctx, c, core.DockerClient.Version)
}

// ofManager asks a manager's engine what may be asked of another one as well.
func ofManager[T any](ctx context.Context, c *Client, ask func(core.DockerClient, context.Context) (T, error)) (answer T, err error) {
	err = c.members.AskEngine(ctx, func(ctx context.Context, engine members.Engine) (err error) {
		answer, err = ask(engine, ctx)
		return err
	})
	return answer, c.fail(ctx, err)
}
