package members

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/core"
)

// Documents asks a manager for a list, and returns its documents as the manager wrote them.
func (m *Members) Documents(ctx context.Context, path string) (listed []json.RawMessage, err error) {
	err = m.AskEngine(ctx, func(ctx context.Context, engine Engine) error {
		raw, err := engine.GetOnce(ctx, path)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &listed); err != nil {
			return core.Errorf(core.KindEngineError, "GET %s: the manager's answer is no list: %w", path, err)
		}
		return nil
	})
	return listed, err
}

// Listed is a node, and what the manager wrote of it.
type Listed struct {
	Node
	Raw json.RawMessage
}

// Listed lists the fleet's nodes by name, as the manager knows them now.
func (m *Members) Listed(ctx context.Context) ([]Listed, error) {
	documents, err := m.Documents(ctx, "/nodes")
	if err != nil {
		return nil, err
	}
	all := make([]Listed, 0, len(documents))
	for _, document := range documents {
		var node swarm.Node
		if err := json.Unmarshal(document, &node); err != nil {
			return nil, core.Errorf(core.KindEngineError, "what the manager says of a node cannot be read: %w", err)
		}
		for _, one := range described([]swarm.Node{node}) {
			all = append(all, Listed{one, document})
		}
	}
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return all, nil
}

// TargetOf returns how the client reaches a node's engine.
func (m *Members) TargetOf(node Node) string {
	if target := m.targetOf(node); target != "" {
		return target
	}
	if known := m.known(); known != nil && known.nodeID == node.ID {
		return known.engine.Target()
	}
	return m.byAddress(node)
}
