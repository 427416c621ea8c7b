package reserve

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

// constraint is one of Swarm's: an attribute of nodes, and what it is or is not.
type constraint struct {
	key, value string
	equal      bool
}

type constraints []constraint

// parseConstraints reads constraints as docker service create takes them.
func parseConstraints(texts []string) (constraints, error) {
	var parsed constraints
	for _, text := range texts {
		operator := "=="
		key, value, found := strings.Cut(text, operator)
		if !found {
			operator = "!="
			key, value, found = strings.Cut(text, operator)
		}
		c := constraint{strings.TrimSpace(key), strings.TrimSpace(value), operator == "=="}
		if _, known := c.of(members.Node{}); !found || !known || c.value == "" {
			return nil, core.Errorf(core.KindInvalidArgument,
				"%q is no constraint: write node.labels.NAME==VALUE, or with != for ==, or with engine.labels.NAME, node.hostname, node.id, node.ip, node.role, node.platform.os or node.platform.arch", text)
		}
		parsed = append(parsed, c)
	}
	return parsed, nil
}

// matching returns the nodes that meet all constraints, by Swarm's rules.
func (cs constraints) matching(nodes []members.Node) []members.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(node members.Node) bool {
		return slices.ContainsFunc(cs, func(c constraint) bool { return c.met(node) != c.equal })
	})
}

// attributes says what nodes have of what is asked for.
func (cs constraints) attributes(nodes []members.Node) string {
	return listed(nodes, func(node members.Node) string {
		var texts []string
		for _, c := range cs {
			value, _ := c.of(node)
			texts = append(texts, c.key+"="+value)
		}
		return node.Name + ": " + strings.Join(texts, ", ")
	})
}

func (c constraint) met(node members.Node) bool {
	value, _ := c.of(node)
	if strings.EqualFold(c.key, "node.ip") {
		return inNetwork(value, c.value)
	}
	return strings.EqualFold(value, c.value)
}

func inNetwork(address, network string) bool {
	at, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	if within, err := netip.ParsePrefix(network); err == nil {
		return within.Contains(at)
	}
	same, err := netip.ParseAddr(network)
	return err == nil && at == same
}

// of returns a node's value; known reports whether Swarm has such an attribute.
func (c constraint) of(node members.Node) (value string, known bool) {
	switch strings.ToLower(c.key) {
	case "node.id":
		return node.ID, true
	case "node.hostname":
		return node.Name, true
	case "node.ip":
		return node.Address, true
	case "node.platform.os":
		return node.OS, true
	case "node.platform.arch":
		return node.Architecture, true
	case "node.role":
		if node.Manager {
			return "manager", true
		}
		return "worker", true
	}
	if name := label(c.key, "node.labels."); name != "" {
		return node.Labels[name], true
	}
	name := label(c.key, "engine.labels.")
	return node.EngineLabels[name], name != ""
}

func label(key, prefix string) string {
	if len(key) > len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) {
		return key[len(prefix):]
	}
	return ""
}
