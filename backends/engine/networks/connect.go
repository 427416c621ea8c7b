package networks

import (
	"context"
	"net/netip"
	"strings"

	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// NetworkConnect implements core.Networks. After a lost answer the container says whether it
// is in the network; only if it is not, the engine is asked again.
func (n *Networks) NetworkConnect(ctx context.Context, req core.NetworkConnectRequest) error {
	operation := session.Operation{Container: &req.Container, Invalid: checkEndpoint(req)}
	return n.session.Perform(ctx, operation, func(ctx context.Context) error {
		settings := &network.EndpointSettings{Aliases: req.Aliases}
		if req.IP != "" || req.IP6 != "" {
			settings.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: req.IP, IPv6Address: req.IP6}
		}
		var id string
		err := n.session.Retry(ctx, func(ctx context.Context) error {
			found, _, err := n.network(ctx, req.Network)
			id = found.ID
			return err
		})
		if err != nil {
			return err
		}
		connect := func(ctx context.Context) error {
			return networkFault(n.session.API.NetworkConnect(ctx, id, req.Container, settings))
		}
		return n.session.Once(ctx, connect, func(ctx context.Context) (bool, error) {
			connected, err := n.isConnected(ctx, id, req.Container)
			if err == nil && !connected {
				err = connect(ctx)
			}
			if err != nil && strings.Contains(err.Error(), "already exists in network") {
				err = nil // by the first request, which came in the meantime
			}
			return true, err
		})
	})
}

// isConnected asks the container: a network does not know of those that do not run.
func (n *Networks) isConnected(ctx context.Context, id, container string) (bool, error) {
	info, err := n.session.API.ContainerInspect(ctx, container)
	if err != nil || info.NetworkSettings == nil {
		return false, err
	}
	for _, one := range info.NetworkSettings.Networks {
		if one != nil && one.NetworkID == id {
			return true, nil
		}
	}
	return false, nil
}

// NetworkDisconnect implements core.Networks.
func (n *Networks) NetworkDisconnect(ctx context.Context, req core.NetworkDisconnectRequest) error {
	var id string
	operation := session.Operation{Container: &req.Container, Invalid: core.NetworkName(req.Network), Repeat: true}
	return n.session.Perform(ctx, operation, func(ctx context.Context) error {
		asked := id != ""
		if !asked {
			found, _, err := n.network(ctx, req.Network)
			if err != nil {
				return err
			}
			id = found.ID
		}
		err := networkFault(n.session.API.NetworkDisconnect(ctx, id, req.Container, req.Force))
		if asked && err != nil && strings.Contains(err.Error(), "is not connected to") {
			return nil // by the request whose answer was lost
		}
		return err
	})
}

func checkEndpoint(req core.NetworkConnectRequest) error {
	if err := core.NetworkName(req.Network); err != nil {
		return err
	}
	for _, alias := range req.Aliases {
		if strings.TrimSpace(alias) == "" {
			return core.Errorf(core.KindInvalidArgument, "an alias is empty")
		}
	}
	if addr, err := netip.ParseAddr(req.IP); req.IP != "" && (err != nil || !addr.Is4()) {
		return core.Errorf(core.KindInvalidArgument, "%q is not an IPv4 address", req.IP)
	}
	if addr, err := netip.ParseAddr(req.IP6); req.IP6 != "" && (err != nil || !addr.Is6()) {
		return core.Errorf(core.KindInvalidArgument, "%q is not an IPv6 address", req.IP6)
	}
	return nil
}
