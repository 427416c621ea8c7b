package swarm

import (
	"context"
	"errors"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestWhatIsNoFleet: the errors say what the engine is, and what to do.
func TestWhatIsNoFleet(t *testing.T) {
	fleet, single := bed.Load(t).Fleet(t, "fleet-new"), bed.Load(t).Engine(t, "engine-new")
	for target, want := range map[string]struct{ reason, says string }{
		"swarm+" + single.Host:         {members.ReasonNoSwarm, "docker swarm init"},
		"swarm+" + fleet.Nodes[1].Host: {members.ReasonNotManager, fleet.Nodes[0].Address},
	} {
		_, err := open(t, core.OpenRequest{Target: target}).Ping(t.Context())
		wantKind(t, err, core.KindInvalidArgument, want.says)
		var failed *core.Error
		if errors.As(err, &failed); failed == nil || failed.Details["reason"] != want.reason {
			t.Errorf("%s: %+v", target, failed)
		}
	}
	_, err := open(t, core.OpenRequest{Target: "swarm+unix:///run/mlng-none.sock"}).Ping(t.Context())
	wantKind(t, err, core.KindEngineUnreachable)
	// One of several managers is enough.
	several := open(t, core.OpenRequest{Target: "swarm+unix:///run/mlng-none.sock," + fleet.Nodes[1].Socket + "," + fleet.Nodes[0].Socket})
	if _, err := several.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = New(engines)(t.Context(), core.Target{Scheme: core.SchemeSwarm, Text: "swarm://a"}, core.OpenRequest{Nodes: map[string]string{"a": "swarm://b"}})
	wantKind(t, err, core.KindInvalidArgument, `nodes["a"]`)
}

// TestNodesAreProven: what is reached must be the node that the manager means.
func TestNodesAreProven(t *testing.T) {
	fleet := bed.Load(t).Fleet(t, "fleet-new")
	second := fleet.Nodes[1].Name
	for at, want := range map[string]struct {
		kind core.Kind
		says string
	}{
		fleet.Nodes[2].Host:          {core.KindInvalidArgument, fleet.Nodes[2].NodeID},
		"unix:///run/mlng-none.sock": {core.KindEngineUnreachable, "nodes={"},
	} {
		req := overSSH(fleet)
		req.Nodes = map[string]string{second: at}
		c := open(t, req)
		_, err := c.List(t.Context())
		wantKind(t, err, want.kind, second, want.says)
		// What is on the other nodes is found all the same.
		if state, err := c.State(t.Context(), core.ContainerRequest{Container: "mlng-none"}); core.KindOf(err) != core.KindEngineUnreachable || state.Exists {
			t.Errorf("%+v, %v", state, err)
		}
	}
	// The engine's own socket, instead of SSH, by the ID of the node.
	req := overSSH(fleet)
	req.Nodes = map[string]string{fleet.Nodes[1].NodeID: fleet.Nodes[1].Host}
	if _, err := open(t, req).List(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNodesByTheirLabels reaches a node as a manager has said.
func TestNodesByTheirLabels(t *testing.T) {
	fleet := bed.Load(t).FleetAlone(t, "fleet-new")
	label := func(words ...string) {
		fleet.Docker(t, append(append([]string{"node", "update"}, words...), fleet.Nodes[1].NodeID)...)
	}
	label("--label-add", members.LabelTarget+"="+fleet.Nodes[2].Host)
	t.Cleanup(func() { label("--label-rm", members.LabelTarget) })
	_, err := open(t, overSSH(fleet)).List(t.Context())
	wantKind(t, err, core.KindInvalidArgument, fleet.Nodes[1].Name)
	label("--label-add", members.LabelTarget+"="+fleet.Nodes[1].Host)
	if _, err := open(t, overSSH(fleet)).List(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAClosedFleet refuses calls.
func TestAClosedFleet(t *testing.T) {
	c := open(t, overSSH(bed.Load(t).Fleet(t, "fleet-new")))
	if _, err := c.Ping(t.Context()); err != nil { // the nodes are not listed yet
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := c.List(t.Context())
	wantKind(t, err, core.KindClientClosed)
	_, err = c.Run(context.Background(), core.RunRequest{Image: busybox}, core.Streams{})
	wantKind(t, err, core.KindClientClosed)
}
