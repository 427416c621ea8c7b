package members

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
)

// link is the connection to one node: made when it is needed, and kept.
type link struct {
	proof *attempt.Shared[Engine]

	mu     sync.Mutex
	target string
	engine Engine // nil before the first use
	own    bool   // the engine is not one of the managers'
	proven bool   // the engine has said that it is this node
}

// Client returns the client of a node's engine. It connects, and checks that the engine is the
// node that the manager means, on first use.
func (m *Members) Client(ctx context.Context, node Node) (Engine, error) {
	l, err := m.linkOf(node)
	if err != nil {
		return nil, err
	}
	if engine := l.ready(); engine != nil {
		return engine, nil
	}
	engine, err := l.proof.Do(ctx, func(ctx context.Context) (Engine, error) { return m.reach(ctx, l, node) })
	if err != nil {
		return nil, unreachable(node, err)
	}
	return engine, nil
}

// unreachable names a node that cannot be used, and says what to do about it.
func unreachable(node Node, err error) error {
	var known *core.Error
	if !errors.As(err, &known) || known.Kind == core.KindClientClosed || known.Details["node"] != nil {
		return err
	}
	clone := *known
	clone.Message = "node " + node.Name + " of the fleet: " + known.Message
	if session.EngineLost(err) || known.Kind == core.KindAuthenticationFailed || known.Kind == core.KindHostKeyUnknown {
		clone.Message += " (say how to reach it: connect(..., nodes={\"" + node.Name + "\": \"ssh://...\"}), or for everybody docker node update --label-add " +
			LabelTarget + "=ssh://... " + node.Name + ")"
	}
	clone.Details = map[string]any{"node": node.Name}
	for key, value := range known.Details {
		clone.Details[key] = value
	}
	return &clone
}

func (m *Members) linkOf(node Node) (*link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, core.ClosedError()
	}
	l := m.nodes[node.ID]
	if l == nil {
		l = &link{proof: attempt.New[Engine](m.life, nil)}
		m.nodes[node.ID] = l
	}
	return l, nil
}

func (l *link) ready() Engine {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.proven {
		return nil
	}
	return l.engine
}

// reach connects to a node. One that was reached stays so, even if its label changes.
func (m *Members) reach(ctx context.Context, l *link, node Node) (Engine, error) {
	if engine := l.ready(); engine != nil {
		return engine, nil
	}
	target := m.targetOf(node)
	engine := l.opened(target)
	if engine == nil {
		var err error
		if engine, err = m.engineOf(ctx, node, target); err != nil {
			return nil, err
		}
		if !m.keep(l, target, engine) {
			_ = engine.Close()
			return nil, core.ClosedError()
		}
	}
	if _, err := engine.Ping(ctx); err != nil {
		return nil, err
	}
	info, err := engine.API().Info(ctx)
	if err != nil {
		return nil, session.Translate(ctx, err)
	}
	if info.Swarm.NodeID != node.ID {
		return nil, core.Errorf(core.KindInvalidArgument,
			"the engine at %s is another one (its node ID is %q, and that of %s is %q): nothing was run there; say where %s is by nodes=, or by the node's label %s",
			engine.Target(), info.Swarm.NodeID, node.Name, node.ID, node.Name, LabelTarget).With("reason", "another_node").With("node", node.Name)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.proven = true
	return engine, nil
}

// opened returns the engine that is at a target; one that was opened for another target is closed.
func (l *link) opened(target string) Engine {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine != nil && l.target != target {
		if l.own {
			_ = l.engine.Close()
		}
		l.engine = nil
	}
	return l.engine
}

func (m *Members) keep(l *link, target string, engine Engine) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own = true
	for _, manager := range m.managers {
		l.own = l.own && manager != engine
	}
	if m.closed {
		return !l.own
	}
	l.target, l.engine = target, engine
	return true
}

func (l *link) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine == nil || !l.own {
		return nil
	}
	return l.engine.Close()
}

// engineOf returns the manager's engine for its own node, unless another way to it is named.
func (m *Members) engineOf(ctx context.Context, node Node, target string) (Engine, error) {
	if known := m.known(); target == "" && known != nil && known.nodeID == node.ID {
		return known.engine, nil
	}
	if target == "" {
		target = m.byAddress(node)
	}
	if err := nodeTarget(target); err != nil {
		return nil, err
	}
	id := &nodeID{}
	id.set(node.ID)
	return m.openEngine(ctx, target, id)
}

// targetOf is what the caller, or the node's label, says about how to reach it.
func (m *Members) targetOf(node Node) string {
	for _, name := range []string{node.ID, node.Name} {
		if target := m.request.Nodes[name]; target != "" {
			return target
		}
	}
	return node.Labels[LabelTarget]
}

// byAddress reaches a node over SSH at its address, as the user who logs in to the manager.
func (m *Members) byAddress(node Node) string {
	host := node.Address
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if manager, err := core.ParseTarget(m.target.Managers()[0]); err == nil && manager.Scheme == core.SchemeSSH && manager.User != "" {
		host = manager.User + "@" + host
	}
	return "ssh://" + host
}
