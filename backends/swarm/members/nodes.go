package members

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
)

// LabelTarget is the label of a node, which only a manager can set, that says how to reach it.
const LabelTarget = "ml-nexus-go.target"

// Node is a member of the fleet.
type Node struct {
	ID, Name, Address string
	Manager           bool
	// Ready says that Swarm hears from it, Schedulable also that it may get runs.
	Ready, Schedulable bool
	// Down says that Swarm has not heard from it for so long that what ran there counts as ended.
	Down             bool
	State            string // in Swarm's words
	OS, Architecture string
	Labels           map[string]string // those that managers set
	EngineLabels     map[string]string
	Resources        swarm.Resources
}

// fresh is a list of nodes that is not old.
type fresh struct {
	nodes []Node
	until time.Time
}

// listLife is how long a list of nodes is used without asking again.
const listLife = 3 * time.Second

// Nodes lists the fleet's nodes by name, as the manager knew them a moment ago.
func (m *Members) Nodes(ctx context.Context) ([]Node, error) {
	if list := m.recent(); list != nil {
		return list, nil
	}
	nodes, err := m.listed.Do(ctx, func(ctx context.Context) ([]Node, error) {
		if list := m.recent(); list != nil {
			return list, nil
		}
		var nodes []Node
		err := m.Ask(ctx, func(ctx context.Context, api *client.Client) error {
			listed, err := api.NodeList(ctx, swarm.NodeListOptions{})
			nodes = described(listed)
			return err
		})
		if err == nil {
			err = m.checkNamed(nodes)
		}
		if err != nil {
			return nil, err
		}
		m.mu.Lock()
		m.named = true
		m.list = &fresh{nodes, time.Now().Add(listLife)}
		m.mu.Unlock()
		return nodes, nil
	})
	return nodes, m.unlessClosed(err)
}

// checkNamed refuses targets of nodes that the fleet does not have. One that leaves the fleet while
// the client works is none of these.
func (m *Members) checkNamed(nodes []Node) error {
	m.mu.Lock()
	checked := m.named
	m.mu.Unlock()
	if checked {
		return nil
	}
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	for _, key := range slices.Sorted(maps.Keys(m.request.Nodes)) {
		if !slices.ContainsFunc(nodes, func(n Node) bool { return n.ID == key || n.Name == key }) {
			return core.Errorf(core.KindInvalidArgument, "nodes= has a target for %q, and the fleet has no node of that name or ID: it has %s", key, strings.Join(names, ", ")).With("reason", "no_such_node")
		}
	}
	return nil
}

func (m *Members) recent() []Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.list == nil || time.Now().After(m.list.until) {
		return nil
	}
	return m.list.nodes
}

// Changed makes the next caller list the nodes anew.
func (m *Members) Changed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = nil
}

// Node returns the node with an ID.
func (m *Members) Node(ctx context.Context, id string) (Node, error) {
	for range 2 {
		nodes, err := m.Nodes(ctx)
		if err != nil {
			return Node{}, err
		}
		if i := slices.IndexFunc(nodes, func(n Node) bool { return n.ID == id }); i >= 0 {
			return nodes[i], nil
		}
		m.Changed() // it may have joined since
	}
	return Node{}, core.Errorf(core.KindNotFound, "the fleet has no node with the ID %s any more", id)
}

func described(listed []swarm.Node) []Node {
	nodes := make([]Node, 0, len(listed))
	for _, n := range listed {
		node := Node{
			ID: n.ID, Name: n.Description.Hostname, Address: n.Status.Addr, State: string(n.Status.State),
			Manager: n.Spec.Role == swarm.NodeRoleManager, OS: n.Description.Platform.OS, Architecture: n.Description.Platform.Architecture,
			Labels: n.Spec.Labels, EngineLabels: n.Description.Engine.Labels, Resources: n.Description.Resources,
		}
		node.Ready, node.Down = n.Status.State == swarm.NodeStateReady, n.Status.State == swarm.NodeStateDown
		node.Schedulable = node.Ready && n.Spec.Availability == swarm.NodeAvailabilityActive
		if n.Spec.Availability != swarm.NodeAvailabilityActive {
			node.State += ", " + string(n.Spec.Availability)
		}
		if n.ManagerStatus != nil && !usable(node.Address) {
			node.Address, _, _ = net.SplitHostPort(n.ManagerStatus.Addr)
		}
		nodes = append(nodes, node)
	}
	slices.SortFunc(nodes, func(a, b Node) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return nodes
}

// usable reports whether other machines can use an address; managers may list themselves without one.
func usable(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && !ip.IsUnspecified() && !ip.IsLoopback()
}
