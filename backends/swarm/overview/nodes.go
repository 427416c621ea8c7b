package overview

import (
	"cmp"
	"context"
	"slices"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

// Overview asks the managers of a fleet. Make it with New.
type Overview struct{ fleet *members.Members }

// New makes the overview of a fleet.
func New(fleet *members.Members) *Overview { return &Overview{fleet} }

// Nodes lists the nodes by name.
func (o *Overview) Nodes(ctx context.Context) ([]core.FleetNode, error) {
	// First the tasks: one that begins in between is missed, as it would be a moment earlier.
	tasks, err := o.tasks(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := o.fleet.Listed(ctx)
	if err != nil {
		return nil, err
	}
	nodes := make([]core.FleetNode, len(listed))
	for i, node := range listed {
		nodes[i] = used(core.FleetNode{Raw: node.Raw, Target: o.fleet.TargetOf(node.Node)}, node.ID, tasks)
	}
	return nodes, nil
}

// used adds up what tasks have on a node.
func used(node core.FleetNode, id string, tasks []task) core.FleetNode {
	node.Devices = map[string]core.ReservedDevices{}
	for _, t := range tasks {
		if t.NodeID != id || !t.holds() {
			continue
		}
		if wants := t.Spec.Resources; wants != nil && wants.Reservations != nil {
			node.NanoCPUs += wants.Reservations.NanoCPUs
			node.Memory += wants.Reservations.MemoryBytes
		}
		for _, resource := range t.GenericResources {
			addDevice(node.Devices, resource)
		}
	}
	return node
}

func addDevice(devices map[string]core.ReservedDevices, resource swarm.GenericResource) {
	if named := resource.NamedResourceSpec; named != nil {
		have := devices[named.Kind]
		devices[named.Kind] = core.ReservedDevices{Count: have.Count + 1, Names: sorted(append(have.Names, named.Value))}
	}
	if discrete := resource.DiscreteResourceSpec; discrete != nil {
		have := devices[discrete.Kind]
		devices[discrete.Kind] = core.ReservedDevices{Count: have.Count + discrete.Value, Names: sorted(have.Names)}
	}
}

// sorted returns names in order; never nil, which would be null in JSON.
func sorted(names []string) []string {
	return slices.SortedFunc(slices.Values(append([]string{}, names...)), cmp.Compare)
}
