package swarm

import (
	"context"
	"errors"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// atOnce bounds how many nodes are asked at the same time.
const atOnce = 32

// maxPlaces bounds how many containers' nodes are remembered.
const maxPlaces = 10_000

// places remembers where containers are, by the names and IDs that callers used. It may be wrong:
// then the node says that it has no such container.
type places struct {
	mu    sync.Mutex
	nodes map[string]string // node IDs
}

func newPlaces() *places { return &places{nodes: map[string]string{}} }

func (p *places) get(container string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nodes[container]
}

func (p *places) put(container, node string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.nodes) >= maxPlaces {
		clear(p.nodes)
	}
	p.nodes[container] = node
}

func (p *places) forget(container string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.nodes, container)
}

// found is where something is.
type found struct {
	node   members.Node
	client core.DockerClient
}

// errFound ends a search.
var errFound = errors.New("found")

// search asks all nodes that Swarm hears from whether they have something. Where none has it,
// silent is why a node could not be asked, which may have it.
func (c *Client) search(ctx context.Context, has func(ctx context.Context, client core.DockerClient) (bool, error)) (at *found, silent, err error) {
	nodes, err := c.members.Nodes(ctx)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	searching, enough := context.WithCancel(ctx)
	defer enough()
	err = guard.Each(ctx, atOnce, len(nodes), func(i int) error {
		client, yes, err := c.asks(searching, nodes[i], has)
		mu.Lock()
		defer mu.Unlock()
		if yes && at == nil {
			at = &found{nodes[i], client}
			enough()
			return errFound
		}
		if err != nil && at == nil && silent == nil {
			silent = err
		}
		return nil
	})
	if at != nil {
		return at, nil, nil
	}
	return nil, silent, err
}

// asks asks one node.
func (c *Client) asks(ctx context.Context, node members.Node, has func(ctx context.Context, client core.DockerClient) (bool, error)) (core.DockerClient, bool, error) {
	if !node.Ready {
		return nil, false, core.Errorf(core.KindEngineUnreachable, "node %s of the fleet is %s", node.Name, node.State).With("node", node.Name)
	}
	var client core.DockerClient
	yes := false
	err := c.members.AskNode(ctx, node, func(ctx context.Context, engine members.Engine) (err error) {
		client = engine
		yes, err = has(ctx, client)
		return err
	})
	return client, yes, c.unlessLost(ctx, node, err)
}

// find returns the node that has a container, by its exact name or ID; nil if none has it.
func (c *Client) find(ctx context.Context, container string) (at *found, silent, err error) {
	at, silent, err = c.search(ctx, func(ctx context.Context, client core.DockerClient) (bool, error) {
		state, err := client.State(ctx, core.ContainerRequest{Container: container})
		return state.Exists, err
	})
	if at != nil {
		c.places.put(container, at.node.ID)
	}
	return at, silent, err
}

// remembered returns where a container was the last time; nil if that is not known.
func (c *Client) remembered(ctx context.Context, container string) *found {
	id := c.places.get(container)
	if id == "" {
		return nil
	}
	node, err := c.members.Node(ctx, id)
	if err != nil {
		return nil
	}
	client, err := c.members.Client(ctx, node)
	if err != nil {
		return nil
	}
	return &found{node, client}
}
