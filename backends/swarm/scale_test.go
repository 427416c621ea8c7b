package swarm

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

const (
	manyNodes      = 1_000
	manyContainers = 10_000
)

// create makes a container, which the simulation forgets at once: so its place is given back.
func create(ctx context.Context, c *Client, options ...string) error {
	_, err := c.Create(ctx, core.CreateContainerRequest{Image: "image", Command: core.Command{Argv: []string{"true"}}, Options: options}, nil)
	return err
}

// What a run asks of the manager does not grow with the fleet, but for the first run of all.
// Nodes are asked at once, 32 of them.
func TestLargeFleet(t *testing.T) {
	inFleet(t, manyNodes, manyContainers, func(t *testing.T, s *simulated, c *Client) {
		list(t, c) // connects
		s.requests()
		begin := time.Now()
		list(t, c)
		_, engines := s.requests()
		if took, most := time.Since(begin), (manyNodes/atOnce+3)*latency; engines != manyNodes || took > most {
			t.Errorf("a list takes %d requests and %v, more than %v", engines, took, most)
		}

		run := map[string]int{"POST services": 1, "GET tasks of one service": 1, "DELETE services/ID": 1}
		first := map[string]int{"GET nodes/ID": manyNodes, "POST nodes/ID": manyNodes, "GET services": 1}
		maps.Copy(first, run)
		for _, want := range []map[string]int{first, run} {
			if err := create(t.Context(), c, "--gpus", "2"); err != nil {
				t.Fatal(err)
			}
			asked, engines := s.requests()
			delete(asked, "GET nodes") // whose answer is used for three seconds
			if !maps.Equal(asked, want) || engines > manyNodes+12 {
				t.Errorf("a run asks the manager %v, not %v, and engines %d times", asked, want, engines)
			}
		}
		if s.opened > manyNodes+10 {
			t.Errorf("%d connections to %d nodes", s.opened, manyNodes)
		}
	})
}

func list(t *testing.T, c *Client) {
	t.Helper()
	raw, err := c.Containers(t.Context(), core.ContainerListRequest{All: true})
	var rows []json.RawMessage
	if err != nil || json.Unmarshal(raw, &rows) != nil || len(rows) != manyContainers {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
}

// However many runs wait, a client lists its tasks once a second, and looks for places that nobody
// needs every five seconds. Four calls at a time look for their own task before that, six times at most.
func TestQueueInLargeFleet(t *testing.T) {
	inFleet(t, 100, 1_000, func(t *testing.T, s *simulated, c *Client) {
		if err := create(t.Context(), c, "--gpus", "2"); err != nil {
			t.Fatal(err)
		}
		clear(s.free)
		s.requests()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var waiting guard.Group
		for range 50 {
			waiting.Run(func() error {
				if err := create(ctx, c, "--gpus", "2"); core.KindOf(err) != core.KindOperationTimeout {
					t.Errorf("a run that can have no place ends with %v", err)
				}
				return nil
			})
		}
		_ = waiting.Wait()
		asked, engines := s.requests()
		if asked["GET tasks"] > 61 || asked["GET tasks of one service"] > 4*6 || asked["GET services"] > 13 || engines > 13*100 {
			t.Errorf("while 50 runs wait a minute, the manager is asked %v, and engines %d times", asked, engines)
		}
	})
}
