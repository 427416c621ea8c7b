package swarm

import (
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestPlaces: two runs of a place get different GPUs, what has ended there frees nothing, and a
// container that outlives the place keeps it until it has ended.
func TestPlaces(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		client, held, err := c.Reserve(t.Context(), core.ReserveRequest{GPUs: reserve.All})
		if err != nil {
			t.Fatal(err)
		}
		run := func(options ...string) string {
			t.Helper()
			name := c.name(t)
			_, err := client.Run(t.Context(), core.RunRequest{
				Image: busybox, Options: append([]string{"-d", "--init=false", "--name", name, "--gpus", "1"}, options...), Command: core.Command{Text: "sleep 600"},
			}, core.Streams{})
			if err != nil {
				t.Fatal(err)
			}
			return name
		}
		one, two := run(), run()
		used := append(c.gpusOf(t, one), c.gpusOf(t, two)...)
		if slices.Sort(used); !slices.Equal(used, held.GPUs) || c.nodeOf(t, one) != held.Node {
			t.Errorf("%q of %+v, on %s", used, held, c.nodeOf(t, one))
		}
		if err := client.Kill(t.Context(), core.KillRequest{Container: one}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Wait(t.Context(), core.ContainerRequest{Container: one}); err != nil {
			t.Fatal(err)
		}
		mine := func() string {
			return fleet.Docker(t, "service", "ls", "-q", "--filter", "label=ml-nexus-go.session="+c.open.Session)
		}
		reap := func(with *Client) {
			t.Helper()
			if _, err := with.Reap(t.Context(), core.ReapRequest{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := client.Remove(t.Context(), core.RemoveRequest{Container: two, Force: true}); err != nil {
			t.Fatal(err)
		}
		other := open(t, overSSH(fleet))
		if reap(other); mine() == "" {
			t.Error("another client has freed it")
		}
		last := run()
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		if reap(c); mine() == "" {
			t.Error("it is free, and a container uses its GPU")
		}
		if err := c.Kill(t.Context(), core.KillRequest{Container: last}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Wait(t.Context(), core.ContainerRequest{Container: last}); err != nil {
			t.Fatal(err)
		}
		reap(c)
		c.wantNothingLeft(t, fleet)
	})
}

// TestAClosedClientHoldsNothing: its places end with it.
func TestAClosedClientHoldsNothing(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		if _, _, err := c.Reserve(t.Context(), core.ReserveRequest{GPUs: 1}); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		c.wantNothingLeft(t, fleet)
		_, _, err := c.Reserve(t.Context(), core.ReserveRequest{})
		wantKind(t, err, core.KindClientClosed)
	})
}
