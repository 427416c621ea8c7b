package swarm

import (
	"os/exec"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestAManagerDies: the leader of three, which the client asks. Another manager is asked, what runs
// goes on, and new runs are placed once there is a new leader.
func TestAManagerDies(t *testing.T) {
	t.Parallel()
	fleet := bed.Load(t).FleetAlone(t, "fleet-old")
	c := openByThree(t, fleet)
	lead := fleet.Nodes[0]
	c.losesItsManager(t, fleet, func() { fleet.Control(t, "off", lead) }, func() { fleet.Control(t, "start", lead) })
}

// TestAManagerSaysNothing: its daemon keeps its connections, and never answers. What it is asked to
// write is asked of another one, and done once, also where the first wakes up.
func TestAManagerSaysNothing(t *testing.T) {
	t.Parallel()
	fleet := bed.Load(t).FleetAlone(t, "fleet-new")
	c := openByThree(t, fleet)
	thaw := func() {}
	c.losesItsManager(t, fleet, func() { thaw = fleet.Freeze(t, fleet.Nodes[0]) }, func() { thaw() })
	t.Run("nor does its leader", func(t *testing.T) { c.waitsForALeader(t, fleet) })
}

// openByThree makes all nodes managers, and a client that knows all of them and asks the first.
func openByThree(t *testing.T, fleet bed.Fleet) *Client {
	fleet.Promote(t)
	req := overSSH(fleet)
	req.ReconnectTimeoutSeconds = patience.Seconds() // a busy machine may need minutes for a new leader
	req.Target += "," + fleet.Nodes[1].Name + "," + fleet.Nodes[2].Name
	c := open(t, req)
	c.prints(t, nil, "true") // all nodes get the placeholder's image
	c.asksFirst(t, fleet)
	return c
}

// asksFirst lets the client choose the first node as the manager that it asks.
func (c *Client) asksFirst(t *testing.T, fleet bed.Fleet) {
	t.Helper()
	for {
		manager, id, err := c.members.Manager(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if id == fleet.Nodes[0].NodeID {
			return
		}
		c.members.Leave(manager)
	}
}

func (c *Client) losesItsManager(t *testing.T, fleet bed.Fleet, dies, lives func()) {
	// A new leader may forget who has GPUs.
	workers := []string{"--cpus", "0.01", "--constraint", "node.id!=" + fleet.Nodes[0].NodeID}
	run := c.begin(t, workers...)
	await(t, run.came, "output")
	at := c.nodeOf(t, run.name)
	dies()
	placed := c.name(t)
	if got := c.prints(t, append(workers, "--name", placed), "echo placed"); got != "placed" {
		t.Errorf("%q", got)
	}
	if now := c.nodeOf(t, run.name); now != at {
		t.Errorf("it was on %s, and is on %s", at, now)
	}
	if err := c.Kill(t.Context(), core.KillRequest{Container: run.name, Signal: "TERM"}); err != nil {
		t.Fatal(err)
	}
	if err := await(t, run.done, "the end of the run"); err != nil || run.out.String() != "begun\nended\n" {
		t.Errorf("%v, %q", err, run.out.String())
	}
	lives()
	c.awaitNothingLeft(t, fleet)
}

// awaitNothingLeft waits until what a manager may have done late is swept.
func (c *Client) awaitNothingLeft(t *testing.T, fleet bed.Fleet) {
	t.Helper()
	left := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil {
			left = err.Error()
			continue
		}
		out, err := exec.Command(fleet.Command, "--host", fleet.Nodes[1].Host, "service", "ls", "-q", "--filter", "label=ml-nexus-go.session="+c.open.Session).CombinedOutput()
		if left = string(out); err == nil && left == "" {
			return
		}
	}
	t.Errorf("left behind: %s", left)
}

// waitsForALeader: the manager that is asked answers, and says that it finds no leader, until another
// one is back.
func (c *Client) waitsForALeader(t *testing.T, fleet bed.Fleet) {
	c.asksFirst(t, fleet)
	second, third := fleet.Freeze(t, fleet.Nodes[1]), fleet.Freeze(t, fleet.Nodes[2])
	for exec.Command(fleet.Command, "--host", fleet.Nodes[0].Host, "node", "ls").Run() == nil { // it still believes that it leads
		if t.Context().Err() != nil {
			t.Fatal("the first manager does not notice that it is alone")
		}
	}
	asked := goes(func() error {
		_, err := c.Nodes(t.Context())
		return err
	})
	second()
	if err := await(t, asked, "an answer"); err != nil {
		t.Error(err)
	}
	third()
	for _, node := range fleet.Nodes {
		fleet.Await(t, node, "ready")
	}
}

// TestAFleetIsAsItWas for the test after one that makes managers: all its daemons may be killed at once.
func TestAFleetIsAsItWas(t *testing.T) {
	t.Parallel()
	t.Run("managers", func(t *testing.T) { bed.Load(t).FleetAlone(t, "fleet-new").Promote(t) })
	t.Run("killed", func(t *testing.T) {
		fleet := bed.Load(t).FleetAlone(t, "fleet-new")
		for _, node := range fleet.Nodes {
			fleet.Control(t, "kill", node)
		}
	})
}
