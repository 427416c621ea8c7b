package swarm

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestOverview: what runs have reserved is on their nodes, GPUs by their names, and what waits is
// listed with Swarm's reason until it is ended. It needs no node but the manager.
func TestOverview(t *testing.T) {
	for _, name := range []string{"fleet-new", "fleet-old"} {
		onFleetAlone(t, name, overviewOf)
	}
}

func overviewOf(t *testing.T, c *Client, fleet bed.Fleet) {
	names := []string{c.name(t), c.name(t), c.name(t)}
	for _, name := range names {
		if err := c.sleeper(t.Context(), name, "--gpus", "2", "--cpus", "0.25", "-m", "16m"); err != nil {
			t.Fatal(err)
		}
	}
	onManager := open(t, core.OpenRequest{Target: "swarm+" + fleet.Nodes[0].Host})
	nodes, err := onManager.Nodes(t.Context())
	if err != nil || len(nodes) != len(fleet.Nodes) {
		t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	for i, node := range nodes {
		var told swarm.Node
		if err := json.Unmarshal(node.Raw, &told); err != nil || told.Description.Hostname != fleet.Nodes[i].Name {
			t.Errorf("node %d is %s, %v", i, told.Description.Hostname, err)
		}
		if node.NanoCPUs < 250_000_000 || node.Memory < 16<<20 {
			t.Errorf("on %s, %d billionths of a CPU and %d bytes are reserved", fleet.Nodes[i].Name, node.NanoCPUs, node.Memory)
		}
		for kind, gpus := range node.Devices {
			if want := slices.Sorted(slices.Values(fleet.Nodes[i].GPUs)); gpus.Count != 2 || !slices.Equal(gpus.Names, want) {
				t.Errorf("%d %s are reserved: %q, and not %q", gpus.Count, kind, gpus.Names, want)
			}
		}
	}
	if got, want := nodes[0].Target, fleet.Nodes[0].Host; got != want {
		t.Errorf("the manager is at %q, not at %q", got, want)
	}
	if got, want := nodes[1].Target, "ssh://"+fleet.Nodes[1].Address; got != want {
		t.Errorf("another node is at %q, not at %q", got, want)
	}
	there := overSSH(fleet)
	there.Owner.Host = "laptop"
	open(t, there).wantWaiting(t, onManager)
	for _, name := range names {
		if err := c.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil {
		t.Fatal(err)
	}
}

// wantWaiting lets a run wait, and looks for it with another client.
func (c *Client) wantWaiting(t *testing.T, other *Client) {
	t.Helper()
	waits := make(chan core.WaitingEvent, 1)
	ctx, cancel := context.WithCancel(core.WithListener(t.Context(), func(event any) {
		if event, is := event.(core.WaitingEvent); is {
			select {
			case waits <- event:
			default:
			}
		}
	}))
	defer cancel()
	name := c.name(t)
	run := goes(func() error { return c.sleeper(ctx, name, "--gpus", "1") })
	await(t, waits, "why it waits")
	waiting, err := other.WaitingRuns(t.Context())
	if err != nil || len(waiting) != 1 || waiting[0].Name != name || waiting[0].Host != "laptop" {
		t.Fatalf("%+v, %v", waiting, err)
	}
	var told swarm.Task
	if err := json.Unmarshal(waiting[0].Raw, &told); err != nil || told.Status.Err == "" || told.ServiceID == "" {
		t.Errorf("%s, %v", waiting[0].Raw, err)
	}
	cancel()
	wantKind(t, await(t, run, "its end"), core.KindCancelled)
	if waiting, err = other.WaitingRuns(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("after its end: %+v, %v", waiting, err)
	}
}
