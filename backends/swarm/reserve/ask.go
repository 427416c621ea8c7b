package reserve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

// Ask is what a run needs of a node.
type Ask struct {
	// Name is the container's, for the fleet to have it once; "" if it has none.
	Name     string
	NanoCPUs int64
	Memory   int64 // bytes
	// Devices counts the devices of each kind, as the nodes' generic resources name them. A kind
	// of "gpu" is whatever the nodes call their GPUs; -1 is all of a node.
	Devices map[string]int64
	// Constraints are those of docker service create: node.labels.disk==ssd.
	Constraints []string
	// QueueTimeout bounds the wait; 0 does not.
	QueueTimeout time.Duration
	// Held says that the place is for any number of containers, until it is given back.
	Held bool
	// Unused, if set, is asked once the fleet has kept the name: its error ends the reservation.
	Unused func(ctx context.Context) error
}

// GPU is the kind of a GPU in an Ask.
const GPU = "gpu"

// All is the number that stands for all devices of a node.
const All = -1

// devicesOf counts what a node has of each kind.
func devicesOf(node members.Node) map[string]int64 {
	counts := map[string]int64{}
	for _, resource := range node.Resources.GenericResources {
		if named := resource.NamedResourceSpec; named != nil {
			counts[named.Kind]++
		}
		if discrete := resource.DiscreteResourceSpec; discrete != nil {
			counts[discrete.Kind] += discrete.Value
		}
	}
	return counts
}

// resolved replaces "gpu" by the nodes' own kind, and "all" by the most that a node has.
func (a Ask) resolved(nodes []members.Node) Ask {
	devices := map[string]int64{}
	for kind, count := range a.Devices {
		most, name := int64(0), kind
		for _, node := range nodes {
			for has, n := range devicesOf(node) {
				if has == kind || kind == GPU && IsGPU(has) {
					most, name = max(most, n), has
				}
			}
		}
		if count == All {
			count = max(most, 1)
		}
		devices[name] = count
	}
	a.Devices = devices
	return a
}

// IsGPU reports whether a kind of generic resources means GPUs: GPU, gpu, NVIDIA-GPU...
func IsGPU(kind string) bool {
	kind = strings.ToLower(kind)
	return kind == GPU || strings.HasSuffix(kind, "-gpu") || strings.HasSuffix(kind, "_gpu")
}

// fitting returns what is asked for in the fleet's own words. It refuses what no node can ever
// have, and says what there is.
func (a Ask) fitting(nodes []members.Node) (Ask, error) {
	constraints, err := parseConstraints(a.Constraints)
	if err != nil {
		return a, err
	}
	matching := constraints.matching(nodes)
	if len(matching) == 0 {
		return a, core.Errorf(core.KindInvalidArgument, "no node of the fleet matches %s: there is %s", strings.Join(a.Constraints, " and "), constraints.attributes(nodes)).
			With("reason", "fits_nowhere")
	}
	a = a.resolved(matching)
	return a, a.check(matching)
}

func (a Ask) check(nodes []members.Node) error {
	if a.QueueTimeout < 0 {
		return core.Errorf(core.KindInvalidArgument, "the time to wait for a place is %s: it must be more than 0", a.QueueTimeout)
	}
	for kind, count := range a.Devices {
		if count < 1 {
			return core.Errorf(core.KindInvalidArgument, "%d devices of the kind %s are not a number that can be reserved", count, kind)
		}
	}
	if !slices.ContainsFunc(nodes, a.fits) {
		where := "of the fleet"
		if len(a.Constraints) > 0 {
			where = "that matches " + strings.Join(a.Constraints, " and ")
		}
		return core.Errorf(core.KindInvalidArgument, "no node %s has %s, not even when it is free: there is %s", where, a, has(nodes)).With("reason", "fits_nowhere")
	}
	return nil
}

func (a Ask) fits(node members.Node) bool {
	devices := devicesOf(node)
	for kind, count := range a.Devices {
		if devices[kind] < count {
			return false
		}
	}
	return a.NanoCPUs <= node.Resources.NanoCPUs && a.Memory <= node.Resources.MemoryBytes
}

// String says what is asked for.
func (a Ask) String() string { return amounts(a.NanoCPUs, a.Memory, a.Devices) }

// has says what nodes have.
func has(nodes []members.Node) string {
	return listed(nodes, func(n members.Node) string {
		return fmt.Sprintf("%s (%s): %s", n.Name, n.State, amounts(n.Resources.NanoCPUs, n.Resources.MemoryBytes, devicesOf(n)))
	})
}

func listed(nodes []members.Node, says func(members.Node) string) string {
	var texts []string
	for _, n := range nodes[:min(len(nodes), maxNamed)] {
		texts = append(texts, says(n))
	}
	if more := len(nodes) - maxNamed; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d nodes more", more))
	}
	return strings.Join(texts, "; ")
}

// maxNamed bounds how many nodes a message names.
const maxNamed = 10

func amounts(nanoCPUs, memory int64, devices map[string]int64) string {
	var texts []string
	if nanoCPUs > 0 {
		texts = append(texts, fmt.Sprintf("%.4g CPUs", float64(nanoCPUs)/1e9))
	}
	if memory > 0 {
		texts = append(texts, fmt.Sprintf("%.4g GiB of memory", float64(memory)/(1<<30)))
	}
	for _, kind := range slices.Sorted(maps.Keys(devices)) {
		texts = append(texts, fmt.Sprintf("%d %s", devices[kind], kind))
	}
	return strings.Join(texts, ", ")
}

// resources are what the service reserves.
func (a Ask) resources() *swarm.ResourceRequirements {
	reserved := &swarm.Resources{NanoCPUs: a.NanoCPUs, MemoryBytes: a.Memory}
	for kind, count := range a.Devices {
		reserved.GenericResources = append(reserved.GenericResources, swarm.GenericResource{DiscreteResourceSpec: &swarm.DiscreteGenericResource{Kind: kind, Value: count}})
	}
	return &swarm.ResourceRequirements{Reservations: reserved}
}
