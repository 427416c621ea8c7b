package networks

import (
	"context"
	"encoding/json"

	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/filterargs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// NetworkInspect implements core.Networks.
func (n *Networks) NetworkInspect(ctx context.Context, req core.NetworkRequest) (raw json.RawMessage, err error) {
	err = n.session.Perform(ctx, session.Operation{Invalid: core.NetworkName(req.Network), Repeat: true}, func(ctx context.Context) error {
		_, raw, err = n.network(ctx, req.Network)
		return err
	})
	return raw, err
}

// network asks for a network by its exact name or ID: engines also take the beginning of an ID.
func (n *Networks) network(ctx context.Context, name string) (found network.Inspect, raw json.RawMessage, err error) {
	found, raw, err = n.session.API.NetworkInspectWithRaw(ctx, name, network.InspectOptions{})
	if err == nil && !containerinfo.NamedExactly(name, found.Name, found.ID) {
		err = core.Errorf(core.KindNotFound, "network %s not found", name)
	}
	return found, raw, err
}

func (n *Networks) networkDocument(ctx context.Context, id string) (raw json.RawMessage, err error) {
	_, raw, err = n.network(ctx, id)
	return raw, err
}

// networkFilters are those of the engine's GET /networks.
var networkFilters = []string{"dangling", "driver", "id", "label", "name", "scope", "type"}

// NetworkList implements core.Networks.
func (n *Networks) NetworkList(ctx context.Context, req core.NetworkListRequest) ([]json.RawMessage, error) {
	list := []json.RawMessage{}
	path, invalid := filterargs.Request("/networks", req.Filters, networkFilters, nil)
	err := n.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		return n.session.Read(ctx, path, &list)
	})
	return list, err
}
