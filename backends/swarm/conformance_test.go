package swarm

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestConformance runs what concerns containers on three nodes. What concerns one host is not for
// a fleet of several.
func TestConformance(t *testing.T) {
	for _, name := range []string{"fleet-new", "fleet-old"} {
		t.Run(name, func(t *testing.T) {
			fleet := bed.Load(t).Fleet(t, name)
			var nodes []string
			for _, node := range fleet.Nodes {
				nodes = append(nodes, node.Name)
			}
			conformance.RunBasics(t, conformance.Harness{API: fleet.API, Nodes: nodes, Open: func(t testing.TB) core.DockerClient { return open(t, overSSH(fleet)) }})
		})
	}
}
