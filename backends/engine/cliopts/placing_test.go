package cliopts

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestPlacing: what a fleet reads, and one engine refuses.
func TestPlacing(t *testing.T) {
	run, err := ParseRun(input("--constraint", "node.labels.disk == ssd", "--constraint=node.role!=manager", "--generic-resource FPGA=2 --generic-resource NIC=all --queue-timeout 90s"), "image", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := run.Placing
	if !slices.Equal(p.Constraints, []string{"node.labels.disk == ssd", "node.role!=manager"}) || p.QueueTimeout != 90*time.Second || !maps.Equal(p.Devices, map[string]int64{"FPGA": 2, "NIC": All}) {
		t.Errorf("%+v", p)
	}
	for _, options := range []string{"--constraint node.role==worker", "--generic-resource FPGA=1", "--reschedule"} {
		run, err := ParseRun(input(options), "image", nil)
		if err != nil || core.KindOf(run.Placing.OfOneEngine()) != core.KindInvalidArgument {
			t.Errorf("%s: %v", options, err)
		}
	}
	if run, err := ParseRun(input("--queue-timeout 1s"), "image", nil); err != nil || run.Placing.OfOneEngine() != nil {
		t.Errorf("%+v, %v", run, err)
	}
	for _, options := range []string{"--generic-resource FPGA", "--generic-resource FPGA=0", "--generic-resource FPGA=-1", "--generic-resource =1", "--generic-resource A=1 --generic-resource A=1", "--queue-timeout 0s", "--queue-timeout -1s"} {
		if _, err := ParseRun(input(options), "image", nil); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%s: %v", options, err)
		}
	}
}
