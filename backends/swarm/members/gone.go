package members

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// nodeID is the ID of an engine's node, which a manager says when it answers for the first time.
type nodeID struct{ text atomic.Value }

func (n *nodeID) set(id string) {
	if id != "" {
		n.text.Store(id)
	}
}

func (n *nodeID) get() string {
	id, _ := n.text.Load().(string)
	return id
}

// managersTime is how long a manager may take to say whether a node is gone.
const managersTime = 10 * time.Second

// Gone returns an error if Swarm calls a node down, or has it no more: then nobody waits for its
// engine. While no manager answers, nothing is known, and no node is gone.
func (m *Members) Gone(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, managersTime)
	defer cancel()
	if id == "" || m.goneBy(ctx, id) == nil {
		return nil
	}
	m.Changed() // the list may be from before it came back
	return m.goneBy(ctx, id)
}

func (m *Members) goneBy(ctx context.Context, id string) error {
	nodes, err := m.Nodes(ctx)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(nodes, func(n Node) bool { return n.ID == id })
	switch {
	case i < 0:
		return core.Errorf(core.KindEngineUnreachable, "the fleet has no node with the ID %s any more", id)
	case nodes[i].Down:
		return core.Errorf(core.KindEngineUnreachable, "Swarm calls node %s down", nodes[i].Name)
	}
	return nil
}
