package swarm

import (
	"context"
	"os/exec"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestAContainerBeginsOnAnyNode: whoever waits for it learns of it, also where one of its name was on
// another node, and one that does not begin is waited for until the caller has enough.
func TestAContainerBeginsOnAnyNode(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		name := c.name(t)
		engine := func(node bed.Node, words ...string) {
			t.Helper()
			if out, err := exec.Command(fleet.Command, append([]string{"--host", node.Host}, words...)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		wait := func(ctx context.Context) <-chan error {
			return goes(func() error { return c.WaitUntilRunning(ctx, core.ContainerRequest{Container: "/" + name}) })
		}
		before := fleet.Nodes[2]
		engine(before, "create", "--name", name, busybox, "sleep", "600")
		if _, err := c.Inspect(t.Context(), core.ContainerRequest{Container: name}); err != nil { // it is remembered there
			t.Fatal(err)
		}
		for i, node := range fleet.Nodes {
			if i > 0 {
				engine(before, "kill", name)
			}
			began := wait(t.Context())
			engine(node, "run", "-d", "--name", name, busybox, "sleep", "600")
			if err := await(t, began, "its begin"); err != nil {
				t.Error(err)
			}
			engine(before, "rm", name)
			before = node
			if at := c.nodeOf(t, name); at != node.Name {
				t.Errorf("it is on %s, not on %s", at, node.Name)
			}
			if err := await(t, wait(t.Context()), "one that runs"); err != nil {
				t.Error(err)
			}
		}
		if err := c.Kill(t.Context(), core.KillRequest{Container: name}); err != nil {
			t.Fatal(err)
		}
		ctx, enough := context.WithCancel(t.Context())
		never := wait(ctx)
		enough()
		wantKind(t, await(t, never, "the end of a wait"), core.KindCancelled)
	})
}

// TestWaitingWhereNoNodeAnswers ends, as it does with one engine that is away.
func TestWaitingWhereNoNodeAnswers(t *testing.T) {
	t.Parallel()
	fleet := bed.Load(t).FleetAlone(t, "fleet-new")
	req := overSSH(fleet)
	req.ReconnectTimeoutSeconds = 1
	c := open(t, req)
	none := core.ContainerRequest{Container: "mlng-none"}
	if _, err := c.State(t.Context(), none); err != nil { // it is connected to all of them
		t.Fatal(err)
	}
	for _, node := range fleet.Nodes {
		fleet.Control(t, "kill", node)
	}
	err := await(t, goes(func() error { return c.WaitUntilRunning(t.Context(), none) }), "the end of a wait")
	if kind := core.KindOf(err); kind != core.KindEngineUnreachable && kind != core.KindConnectionLost {
		t.Errorf("%s: %v", kind, err)
	}
}

// TestRunsBesideOthers: what shares with another container begins on its node, and is refused, before
// anything is reserved, where that is nowhere, or in several places.
func TestRunsBesideOthers(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		names := []string{c.name(t), c.name(t)}
		for i, name := range names {
			if err := c.sleeper(t.Context(), name, "--constraint", "node.hostname=="+fleet.Nodes[i+1].Name, "-v", "/shared"); err != nil {
				t.Fatal(err)
			}
		}
		name := names[1]
		for _, options := range [][]string{
			{"--pid", "container:" + name, "--volumes-from", name + ":ro", "--link", name + ":other"}, {"--network", "container:" + name},
		} {
			name, where := c.name(t), fleet.Nodes[2].Name
			if err := c.sleeper(t.Context(), name, options...); err != nil {
				t.Fatal(options, err)
			}
			if at := c.nodeOf(t, name); at != where {
				t.Errorf("%q: it is on %s, and what it shares is on %s", options, at, where)
			}
		}
		place, held, err := c.Reserve(t.Context(), core.ReserveRequest{Options: []string{"--pid", "container:" + name}})
		if err != nil || held.Node != fleet.Nodes[2].Name {
			t.Fatalf("%+v, %v", held, err)
		}
		if err := place.Close(); err != nil {
			t.Error(err)
		}
		for _, one := range []struct {
			options []string
			kind    core.Kind
			says    string
		}{
			{[]string{"--ipc", "container:mlng-none"}, core.KindContainerNotFound, "mlng-none"},
			{[]string{"--volumes-from", "mlng-none"}, core.KindContainerNotFound, "start that one first"},
			{[]string{"--volumes-from", names[0], "--volumes-from", name}, core.KindInvalidArgument, "different nodes"},
			{[]string{"--pid", "container:" + name, "--constraint", "node.hostname==" + fleet.Nodes[0].Name}, core.KindInvalidArgument, "no node of the fleet matches"},
			{[]string{"--pid", "container:" + name, "--reschedule"}, core.KindInvalidArgument, "stays where it is"},
		} {
			_, err := c.Run(t.Context(), core.RunRequest{Image: busybox, Options: append(one.options, "--rm"), Command: core.Command{Text: "true"}}, core.Streams{})
			wantKind(t, err, one.kind, one.says)
		}
	})
}
