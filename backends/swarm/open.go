package swarm

import (
	"context"
	"errors"

	"github.com/docker/cli/cli/config/configfile"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/backends/swarm/overview"
	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
)

// Client is a fleet.
type Client struct {
	byContainer
	byImage
	byManager
	byOnlyNode

	target   string
	open     core.OpenRequest
	members  *members.Members
	overview *overview.Overview
	places   *places
	queue    *reserve.Reservations
	config   *configfile.ConfigFile
	held     held
}

var (
	_ core.DockerClient = (*Client)(nil)
	_ core.Reserver     = (*Client)(nil)
)

// New returns the opener of fleets. open makes the clients of their engines.
func New(open core.Opener) core.Opener {
	return func(ctx context.Context, target core.Target, req core.OpenRequest) (core.DockerClient, error) {
		config, err := dockerconfig.Load(dockerconfig.Dir(req.Environ))
		if err != nil {
			return nil, named(ctx, target.Text, err)
		}
		m, err := members.New(ctx, open, target, req)
		if err != nil {
			return nil, named(ctx, target.Text, err)
		}
		c := &Client{target: target.Text, open: req, members: m, overview: overview.New(m), places: newPlaces(), config: config}
		c.queue = reserve.New(m, req)
		c.byContainer, c.byImage, c.byManager, c.byOnlyNode = byContainer{c}, byImage{c}, byManager{c}, byOnlyNode{c}
		return c, nil
	}
}

// Target implements core.DockerClient.
func (c *Client) Target() string { return c.target }

// Close implements core.DockerClient.
func (c *Client) Close() error {
	err := c.held.close()
	c.queue.Close()
	return errors.Join(err, c.members.Close())
}

// fail names the operation and the fleet in an error that names none.
func (c *Client) fail(ctx context.Context, err error) error { return named(ctx, c.target, err) }

func named(ctx context.Context, target string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if !errors.As(err, &known) {
		known = core.Errorf(core.KindInternalError, "%w", err)
		if ctx.Err() != nil {
			known = core.ContextError(ctx, "")
		}
	}
	clone := *known
	if clone.Op == "" {
		clone.Op = core.OperationName(ctx)
	}
	if clone.Op == "" {
		clone.Op = "connect"
	}
	if clone.Target == "" {
		clone.Target = target
	}
	return &clone
}
