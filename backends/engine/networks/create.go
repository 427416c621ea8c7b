package networks

import (
	"context"
	"encoding/json"
	"net/netip"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// NetworkCreate implements core.Networks.
func (n *Networks) NetworkCreate(ctx context.Context, req core.NetworkCreateRequest) (raw json.RawMessage, err error) {
	options, invalid := networkOptions(req)
	var mark string
	options.Labels, mark = session.MarkedLabels(req.Labels)
	err = n.session.Perform(ctx, session.Operation{Invalid: invalid}, func(ctx context.Context) error {
		id, err := n.createNetwork(ctx, req.Name, mark, options)
		if err == nil {
			err = n.session.Retry(ctx, func(ctx context.Context) error {
				raw, err = n.networkDocument(ctx, id)
				return err
			})
		}
		if ctx.Err() != nil || session.AnswerLost(err) {
			// What was made and is nobody's is removed.
			n.session.UndoCreation(func(ctx context.Context) (bool, error) { return n.removeNetworksOf(ctx, mark) })
		}
		return err
	})
	return raw, err
}

// createNetwork creates a network once. If the connection is lost before the answer arrived, it
// looks for a network with the call's mark, and asks again only if there is none.
func (n *Networks) createNetwork(ctx context.Context, name, mark string, options network.CreateOptions) (id string, err error) {
	create := func(ctx context.Context) error {
		made, err := n.session.API.NetworkCreate(ctx, name, options)
		id = made.ID
		return networkFault(err)
	}
	return id, n.session.Once(ctx, create, func(ctx context.Context) (bool, error) {
		found, err := n.networksOf(ctx, mark)
		if err != nil {
			return false, err
		}
		if len(found) == 0 {
			err = create(ctx)
		}
		if cerrdefs.IsConflict(err) || core.KindOf(err) == core.KindConflict { // maybe with the first request, which came in the meantime
			conflict := err
			if found, err = n.networksOf(ctx, mark); err == nil && len(found) == 0 {
				err = conflict
			}
		}
		if len(found) > 0 {
			id = found[0]
		}
		return true, err
	})
}

// networksOf returns the networks that one call made.
func (n *Networks) networksOf(ctx context.Context, mark string) (ids []string, err error) {
	found, err := n.session.API.NetworkList(ctx, network.ListOptions{Filters: session.WithMark(mark)})
	for _, one := range found {
		ids = append(ids, one.ID)
	}
	return ids, err
}

func (n *Networks) removeNetworksOf(ctx context.Context, mark string) (found bool, err error) {
	ids, err := n.networksOf(ctx, mark)
	for _, id := range ids {
		if err := n.session.API.NetworkRemove(ctx, id); err != nil && !cerrdefs.IsNotFound(err) {
			return true, err
		}
	}
	return len(ids) > 0, err
}

func networkOptions(req core.NetworkCreateRequest) (network.CreateOptions, error) {
	options := network.CreateOptions{
		Driver: req.Driver, Options: req.Options, Internal: req.Internal, Attachable: req.Attachable, Scope: req.Scope,
		IPAM: &network.IPAM{Driver: req.IPAMDriver, Options: req.IPAMOptions},
	}
	if req.IPv6 {
		options.EnableIPv6 = &req.IPv6
	}
	if err := core.NetworkName(req.Name); err != nil {
		return options, err
	}
	for _, one := range req.Subnets {
		subnet, err := netip.ParsePrefix(one.Subnet)
		if err != nil {
			return options, core.Errorf(core.KindInvalidArgument, "%q is not a subnet: it must be like 10.20.0.0/16", one.Subnet)
		}
		if subnet.Addr().Is6() && !req.IPv6 {
			return options, core.Errorf(core.KindInvalidArgument, "the subnet %s is one of IPv6, which the network does not have: allow it (ipv6=True)", one.Subnet)
		}
		options.IPAM.Config = append(options.IPAM.Config, network.IPAMConfig{
			Subnet: one.Subnet, Gateway: one.Gateway, IPRange: one.IPRange, AuxAddress: one.Reserved,
		})
	}
	if err := network.ValidateIPAM(options.IPAM, req.IPv6); err != nil {
		return options, core.Errorf(core.KindInvalidArgument, "%w", err)
	}
	return options, nil
}
