package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/docker/go-connections/nat"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// ContainerPorts implements core.Containers.
func (e *Engine) ContainerPorts(ctx context.Context, req core.ContainerRequest) (ports []core.ContainerPort, err error) {
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Repeat: true}, func(ctx context.Context) error {
		info, err := e.api.ContainerInspect(ctx, req.Container)
		if err != nil {
			return err
		}
		ports = []core.ContainerPort{}
		if info.NetworkSettings != nil {
			ports = portsOf(info.NetworkSettings.Ports)
		}
		return nil
	})
	return ports, err
}

func portsOf(all nat.PortMap) []core.ContainerPort {
	ports := []core.ContainerPort{}
	for port, bindings := range all {
		inside := core.ContainerPort{Port: port.Int(), Protocol: port.Proto()}
		if len(bindings) == 0 {
			ports = append(ports, inside)
		}
		for _, binding := range bindings {
			inside.HostIP = binding.HostIP
			inside.HostPort, _ = strconv.Atoi(binding.HostPort)
			ports = append(ports, inside)
		}
	}
	slices.SortFunc(ports, func(a, b core.ContainerPort) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol),
			cmp.Compare(a.HostIP, b.HostIP), cmp.Compare(a.HostPort, b.HostPort))
	})
	return ports
}
