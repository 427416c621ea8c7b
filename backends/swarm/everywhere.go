package swarm

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// everywhere asks all nodes, atOnce at a time. Nodes that Swarm calls down are left out, also if
// they are lost meanwhile: an operation on all nodes must not fail for as long as one of them is
// being repaired.
func everywhere[T any](ctx context.Context, c *Client, ask func(ctx context.Context, client core.DockerClient, node members.Node) (T, error)) ([]T, error) {
	listed, err := c.members.Nodes(ctx)
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	var nodes []members.Node
	for _, node := range listed {
		if node.Ready {
			nodes = append(nodes, node)
		}
	}
	answers, lost := make([]T, len(nodes)), make([]bool, len(nodes))
	err = guard.Each(ctx, atOnce, len(nodes), func(i int) error {
		err := c.members.AskNode(ctx, nodes[i], func(ctx context.Context, engine members.Engine) (err error) {
			answers[i], err = ask(ctx, engine, nodes[i])
			return err
		})
		err = c.unlessLost(ctx, nodes[i], err)
		lost[i] = core.KindOf(err) == core.KindNodeLost
		if lost[i] {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	var got []T
	for i, answer := range answers {
		if !lost[i] {
			got = append(got, answer)
		}
	}
	return got, nil
}

// joined is everywhere for answers that are lists.
func joined[T any](ctx context.Context, c *Client, ask func(ctx context.Context, client core.DockerClient, node members.Node) ([]T, error)) ([]T, error) {
	answers, err := everywhere(ctx, c, ask)
	all := []T{}
	for _, some := range answers {
		all = append(all, some...)
	}
	return all, err
}

// List implements core.Containers: the rows of all nodes, each with its node's name as Node.
func (c *Client) List(ctx context.Context) ([]json.RawMessage, error) {
	return joined(ctx, c, func(ctx context.Context, client core.DockerClient, node members.Node) ([]json.RawMessage, error) {
		rows, err := client.List(ctx)
		return onNode(rows, node, func(row json.RawMessage) bool {
			var told struct{ Labels string }
			return json.Unmarshal(row, &told) == nil && ownWords(told.Labels)
		}), err
	})
}

// Containers implements core.Containers: the documents of all nodes, each with its node's name as
// Node, which no engine writes.
func (c *Client) Containers(ctx context.Context, req core.ContainerListRequest) (json.RawMessage, error) {
	all, err := joined(ctx, c, func(ctx context.Context, client core.DockerClient, node members.Node) ([]json.RawMessage, error) {
		raw, err := client.Containers(ctx, req)
		if err != nil {
			return nil, err
		}
		var listed []json.RawMessage
		if err := json.Unmarshal(raw, &listed); err != nil {
			return nil, core.Errorf(core.KindEngineError, "the list of containers of node %s cannot be read: %w", node.Name, err)
		}
		return onNode(listed, node, func(document json.RawMessage) bool {
			var told struct{ Labels map[string]string }
			return json.Unmarshal(document, &told) == nil && own(told.Labels)
		}), nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// onNode adds the node's name to objects, and leaves out what the fleet made for itself.
func onNode(objects []json.RawMessage, node members.Node, ours func(json.RawMessage) bool) []json.RawMessage {
	name, _ := json.Marshal(node.Name)
	with := make([]json.RawMessage, 0, len(objects))
	for _, object := range objects {
		if ours(object) || len(object) < 2 {
			continue
		}
		head := append([]byte(`{"Node":`), name...)
		if string(object) != "{}" {
			head = append(head, ',')
		}
		with = append(with, append(head, object[1:]...))
	}
	return with
}

// ListOrphans implements core.Containers.
func (c *Client) ListOrphans(ctx context.Context) ([]core.Orphan, error) {
	return joined(ctx, c, func(ctx context.Context, client core.DockerClient, _ members.Node) ([]core.Orphan, error) {
		return client.ListOrphans(ctx)
	})
}

// ListMarkedOrphans implements core.Containers.
func (c *Client) ListMarkedOrphans(ctx context.Context, req core.MarkedOrphansRequest) ([]core.Orphan, error) {
	return joined(ctx, c, func(ctx context.Context, client core.DockerClient, _ members.Node) ([]core.Orphan, error) {
		return client.ListMarkedOrphans(ctx, req)
	})
}

// Login implements core.Registries. The manager checks it, and all nodes pull with it.
func (c *Client) Login(ctx context.Context, req core.LoginRequest) (core.LoginResult, error) {
	var result core.LoginResult
	err := c.byManager.do(ctx, func(manager core.DockerClient) (err error) { result, err = manager.Login(ctx, req); return err })
	if err != nil {
		return result, err
	}
	req.Store = false
	_, err = everywhere(ctx, c, func(ctx context.Context, client core.DockerClient, _ members.Node) (core.LoginResult, error) {
		return client.Login(ctx, req)
	})
	return result, err
}

// Logout implements core.Registries.
func (c *Client) Logout(ctx context.Context, req core.LogoutRequest) (core.LogoutResult, error) {
	results, err := everywhere(ctx, c, func(ctx context.Context, client core.DockerClient, _ members.Node) (core.LogoutResult, error) {
		return client.Logout(ctx, req)
	})
	var result core.LogoutResult
	for _, one := range results {
		result = core.LogoutResult{Registry: one.Registry, Removed: result.Removed || one.Removed}
	}
	return result, err
}

// ImageRemove implements core.Images: it removes the image from all nodes that have it.
func (c *Client) ImageRemove(ctx context.Context, req core.ImageRemoveRequest) (core.ImageRemoveResult, error) {
	type removed struct {
		core.ImageRemoveResult
		missing error
	}
	results, err := everywhere(ctx, c, func(ctx context.Context, client core.DockerClient, _ members.Node) (removed, error) {
		result, err := client.ImageRemove(ctx, req)
		if core.KindOf(err) == core.KindImageNotFound {
			return removed{missing: err}, nil
		}
		return removed{ImageRemoveResult: result}, err
	})
	all := core.ImageRemoveResult{Untagged: []string{}, Deleted: []string{}}
	var missing []error
	for _, one := range results {
		all.Untagged, all.Deleted = append(all.Untagged, one.Untagged...), append(all.Deleted, one.Deleted...)
		if one.missing != nil {
			missing = append(missing, one.missing)
		}
	}
	if err == nil && len(results) > 0 && len(missing) == len(results) {
		var first *core.Error
		errors.As(missing[0], &first)
		err = first
	}
	return all, err
}

// Reap implements core.Containers. It also frees the places of what has ended.
func (c *Client) Reap(ctx context.Context, req core.ReapRequest) ([]core.Orphan, error) {
	reaped, err := joined(ctx, c, func(ctx context.Context, client core.DockerClient, _ members.Node) ([]core.Orphan, error) {
		return client.Reap(ctx, req)
	})
	if err == nil && !req.DryRun {
		err = c.fail(ctx, c.queue.Sweep(ctx))
	}
	return reaped, err
}
