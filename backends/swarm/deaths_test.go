package swarm

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestANodeIsLost: what is attached to a run there gets NodeLost once Swarm calls the node down. A
// run that may move begins again elsewhere, and what the node still has of it when it comes back is
// ended; what may not move is left alone.
func TestANodeIsLost(t *testing.T) {
	for _, one := range []struct{ fleet, action string }{{"fleet-new", "cut"}, {"fleet-old", "off"}} {
		t.Run(one.fleet+" "+one.action, func(t *testing.T) { nodeIsLost(t, bed.Load(t).FleetAlone(t, one.fleet), one.action) })
	}
}

func nodeIsLost(t *testing.T, fleet bed.Fleet, action string) {
	c := open(t, overSSH(fleet))
	second, third := fleet.Nodes[1], fleet.Nodes[2]
	c.prints(t, nil, "true") // all nodes get the placeholder's image
	availability(t, fleet, "pause", fleet.Nodes[0], third)
	stays, moves := c.begin(t, "--gpus", "1"), c.begin(t, "--gpus", "1", "--rm", "--reschedule")
	await(t, stays.came, "output")
	await(t, moves.came, "output")
	availability(t, fleet, "active", third)
	fleet.Control(t, action, second)

	lost := asNodeLost(t, await(t, stays.done, "the end of the run that stays"))
	if lost.Details["node"] != second.Name || lost.Details["may_still_run"] != true || len(lost.Details["container_id"].(string)) != 64 || stays.out.String() != "begun\n" {
		t.Errorf("%+v, %q", lost, stays.out.String())
	}
	_, err := c.Exec(t.Context(), core.ExecRequest{Container: stays.name, Command: core.Command{Text: "true"}}, core.Streams{})
	asNodeLost(t, err)

	await(t, moves.again, "the second attempt")
	await(t, moves.came, "its output")
	if at := c.nodeOf(t, moves.name); at != third.Name {
		t.Errorf("the second attempt is on %s", at)
	}
	fleet.Control(t, "start", second)
	fleet.Await(t, second, "ready")
	c.awaitOnly(t, fleet, moves.name, third)
	if err := c.Kill(t.Context(), core.KillRequest{Container: moves.name, Signal: "TERM"}); err != nil {
		t.Fatal(err)
	}
	if err := await(t, moves.done, "the end of the run that moves"); err != nil || moves.out.String() != "begun\nbegun\nended\n" {
		t.Errorf("%v, %q", err, moves.out.String())
	}
	if state, err := c.State(t.Context(), core.ContainerRequest{Container: stays.name}); err != nil || !state.Exists || state.Running != (action == "cut") {
		t.Errorf("the container that stays: %+v, %v", state, err)
	}
	if err := c.Remove(t.Context(), core.RemoveRequest{Container: stays.name, Force: true}); err != nil {
		t.Error(err)
	}
	if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil {
		t.Error(err)
	}
	c.wantNothingLeft(t, fleet)
}

// attachedRun is a run that prints "begun", and "ended" once it is told to end.
type attachedRun struct {
	name        string
	out         *together
	came, again chan string
	done        <-chan error
}

func (c *Client) begin(t *testing.T, options ...string) *attachedRun {
	r := &attachedRun{name: c.name(t), came: make(chan string, 10), again: make(chan string, 10)}
	r.out = &together{came: r.came}
	s := core.Streams{Stdout: r.out, Stderr: r.out, Event: func(event any) {
		if event, is := event.(core.RescheduledEvent); is {
			r.again <- event.Node
		}
	}}
	options = append(options, "--init=false", "--name", r.name)
	r.done = goes(func() error {
		_, err := c.Run(t.Context(), core.RunRequest{
			Image: busybox, Options: options,
			Command: core.Command{Argv: []string{"sh", "-c", "trap 'echo ended; exit 0' TERM; echo begun; sleep 6000 & wait"}},
		}, s)
		return err
	})
	return r
}

// together is what a run has printed.
type together struct {
	came chan string
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *together) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.came <- string(p)
	return o.text.Write(p)
}

func (o *together) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func asNodeLost(t *testing.T, err error) *core.Error {
	t.Helper()
	var lost *core.Error
	if !errors.As(err, &lost) || lost.Kind != core.KindNodeLost || !strings.Contains(err.Error(), "down") {
		t.Fatalf("not a lost node: %v", err)
	}
	return lost
}

// awaitOnly waits until a container is on one node alone.
func (c *Client) awaitOnly(t *testing.T, fleet bed.Fleet, name string, at bed.Node) {
	t.Helper()
	seen := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		seen = ""
		for _, node := range fleet.Nodes {
			out, err := exec.Command(fleet.Command, "--host", node.Host, "ps", "-aq", "--filter", "name=^/"+name+"$").Output()
			if err != nil || len(out) > 0 {
				seen += node.Name + " "
			}
		}
		if seen == at.Name+" " {
			return
		}
	}
	t.Fatalf("%s is on %q, not on %s alone", name, seen, at.Name)
}

func availability(t *testing.T, fleet bed.Fleet, what string, nodes ...bed.Node) {
	t.Helper()
	for _, node := range nodes {
		fleet.Docker(t, "node", "update", "--availability", what, node.NodeID)
	}
}
