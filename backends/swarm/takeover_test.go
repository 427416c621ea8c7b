package swarm

import (
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestAnotherManagerIsAsked in time, and what is written is done once, whether the first manager has
// done it or not. No real engine can be stopped between what it does and its answer.
func TestAnotherManagerIsAsked(t *testing.T) {
	for name, one := range map[string]struct {
		trouble trouble
		at      string // the first request that meets it; those after it do, too
		within  time.Duration
	}{
		"a question is not heard":      {unheard, "GET /v1.45/nodes", 12 * time.Second},
		"a write is not heard":         {unheard, "POST /v1.45/services/create", 12 * time.Second},
		"a write's answer is lost":     {unanswered, "POST /v1.45/services/create", 12 * time.Second},
		"a removal's answer is lost":   {unanswered, "DELETE /v1.45/services/", 12 * time.Second},
		"a manager finds no leader":    {leaderless, "GET /v1.45/nodes", 2 * time.Second},
		"nor does it where one writes": {leaderless, "POST /v1.45/services/create", 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inFleetOf(t, "swarm+unix:///0,/1", 3, 3, func(t *testing.T, s *simulated, c *Client) {
				if err := create(t.Context(), c); err != nil { // the nodes are marked
					t.Fatal(err)
				}
				for asked := ""; asked != nodeID(0); {
					manager, id, err := c.members.Manager(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if asked = id; id != nodeID(0) {
						c.members.Leave(manager)
					}
				}
				c.members.Changed()
				met := 0
				s.mu.Lock()
				s.free[0], s.made = 0, 0
				s.trouble = func(node int, request string) trouble {
					if node != 0 || met == 0 && !strings.HasPrefix(request, one.at) {
						return none
					}
					if met++; one.trouble == leaderless && !strings.Contains(request, "/nodes") && !strings.Contains(request, "/services") && !strings.Contains(request, "/tasks") {
						return none // its engine answers
					}
					return one.trouble
				}
				s.mu.Unlock()
				began := time.Now()
				if err := create(t.Context(), c, "--gpus", "2"); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > one.within {
					t.Errorf("it took %s", took)
				}
				if _, err := c.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				if met == 0 || len(s.services) != 0 || s.made != 4 { // a service, a container, and the locks of its GPUs
					t.Errorf("met %d times: made %d, and %d services are left", met, s.made, len(s.services))
				}
			})
		})
	}
}

// TestNoManagerAnswers is said once the fleet's patience ends, and not earlier or never.
func TestNoManagerAnswers(t *testing.T) {
	for _, managers := range []string{"swarm+unix:///0", "swarm+unix:///0,/1"} {
		inFleetOf(t, managers, 3, 3, func(t *testing.T, s *simulated, c *Client) {
			if _, err := c.Nodes(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			s.trouble = func(int, string) trouble { return unheard }
			s.mu.Unlock()
			began := time.Now()
			_, err := c.Nodes(t.Context())
			wantKind(t, err, core.KindEngineUnreachable, "within 30s")
			if took := time.Since(began); took < time.Minute || took > 100*time.Second {
				t.Errorf("%s: it took %s", managers, took)
			}
		})
	}
}
