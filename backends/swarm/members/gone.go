package members

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
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

// looksEvery is how often a question to a node that does not answer looks whether it is gone.
const looksEvery = 5 * time.Second

// WhileUp asks a node something, and gives up once Swarm calls it down: an engine that was stopped
// keeps its connections, and says nothing on them.
func (m *Members) WhileUp(ctx context.Context, id string, ask func(ctx context.Context) error) error {
	asking, enough := context.WithCancelCause(ctx)
	defer enough(nil)
	slow := guard.AfterFunc(looksEvery, func() { m.endIfGone(asking, id, enough) })
	defer slow.Stop()
	err := ask(asking)
	if err != nil && asking.Err() != nil && ctx.Err() == nil {
		return context.Cause(asking)
	}
	return err
}

// AskNode asks a node's own engine something, as WhileUp does, and connects to it first if need be.
func (m *Members) AskNode(ctx context.Context, node Node, ask func(ctx context.Context, engine Engine) error) error {
	return m.WhileUp(ctx, node.ID, func(ctx context.Context) error {
		engine, err := m.Client(ctx, node)
		if err != nil {
			return err
		}
		return ask(ctx, engine)
	})
}

func (m *Members) endIfGone(ctx context.Context, id string, end context.CancelCauseFunc) {
	for {
		if gone := m.Gone(ctx, id); gone != nil {
			end(gone)
		}
		if session.Sleep(ctx, looksEvery) != nil {
			return
		}
	}
}
