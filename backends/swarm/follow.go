package swarm

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Events implements core.Events: those of all nodes that Swarm hears from, each with its node's
// name. The first node whose events end with an error ends all of them: nothing is missing unsaid.
func (c *Client) Events(ctx context.Context, req core.EventsRequest, s core.Streams) error {
	at, err := c.allReady(ctx)
	if err != nil {
		return c.fail(ctx, err)
	}
	var mu sync.Mutex
	return c.atAll(ctx, at, func(ctx context.Context, one *found) error {
		io := s
		io.Stdout = &nodeLines{mu: &mu, to: s.Stdout, node: one.node.Name}
		return one.client.Events(ctx, req, io)
	})
}

// nodeLines adds the node's name to lines of JSON, and drops those about what the fleet made for itself.
type nodeLines struct {
	mu   *sync.Mutex // of all nodes
	to   io.Writer
	node string
	part []byte // of a line
}

// Write implements io.Writer.
func (l *nodeLines) Write(p []byte) (int, error) {
	var out []byte
	for line := range bytes.Lines(p) {
		l.part = append(l.part, line...)
		if !bytes.HasSuffix(l.part, []byte("\n")) {
			break
		}
		out = append(out, l.named(l.part)...)
		l.part = nil
	}
	if len(out) == 0 {
		return len(p), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.to.Write(out)
	return len(p), err
}

func (l *nodeLines) named(line []byte) []byte {
	var read core.EventLine
	if json.Unmarshal(line, &read) != nil {
		return line
	}
	var event struct {
		Actor struct{ Attributes map[string]string }
	}
	if read.Event != nil && json.Unmarshal(read.Event, &event) == nil && own(event.Actor.Attributes) {
		return nil
	}
	read.Node = l.node
	text, err := json.Marshal(read)
	if err != nil {
		return line
	}
	return append(text, '\n')
}

// AllStats implements core.Stats: of all nodes, each with its node's name, or of those that have the
// containers that are named.
func (c *Client) AllStats(ctx context.Context, req core.StatsRequest, event func(any)) error {
	at, names, err := c.haveThem(ctx, req.Containers)
	if err != nil {
		return c.fail(ctx, err)
	}
	return c.atAll(ctx, at, func(ctx context.Context, one *found) error {
		req := req
		req.Containers = names[one.node.ID]
		return one.client.AllStats(ctx, req, func(measured any) {
			if stats, is := measured.(core.ContainerStats); is {
				if reserve.IsPlaceholder(stats.Name) {
					return
				}
				stats.Node = one.node.Name
				measured = stats
			}
			event(measured)
		})
	})
}

// haveThem returns the nodes that have containers, and which ones; all nodes if none is named.
func (c *Client) haveThem(ctx context.Context, containers []string) ([]*found, map[string][]string, error) {
	names := map[string][]string{}
	if len(containers) == 0 {
		at, err := c.allReady(ctx)
		return at, names, err
	}
	var at []*found
	for _, container := range containers {
		// It is looked at to find its node, or to get the error of any engine without it.
		if _, err := c.Inspect(ctx, core.ContainerRequest{Container: container}); err != nil {
			return nil, nil, err
		}
		name, _ := core.ContainerName(container)
		one := c.remembered(ctx, name)
		if one == nil {
			return nil, nil, core.Errorf(core.KindContainerNotFound, "there is no container %s any more", container)
		}
		if len(names[one.node.ID]) == 0 {
			at = append(at, one)
		}
		names[one.node.ID] = append(names[one.node.ID], container)
	}
	return at, names, nil
}

// allReady connects to all nodes that Swarm hears from.
func (c *Client) allReady(ctx context.Context) ([]*found, error) {
	return everywhere(ctx, c, func(_ context.Context, client core.DockerClient, node members.Node) (*found, error) {
		return &found{node, client}, nil
	})
}

// atAll does on all nodes, at the same time, what goes on until it is ended.
func (c *Client) atAll(ctx context.Context, at []*found, do func(ctx context.Context, one *found) error) error {
	ctx, enough := context.WithCancelCause(ctx)
	defer enough(nil)
	err := guard.Each(ctx, len(at), len(at), func(i int) error {
		err := do(ctx, at[i])
		if err != nil {
			enough(err)
		}
		return err
	})
	return c.fail(ctx, err)
}
