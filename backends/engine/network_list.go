package engine

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
func (e *Engine) NetworkInspect(ctx context.Context, req core.NetworkRequest) (raw json.RawMessage, err error) {
	err = e.session.Perform(ctx, session.Operation{Invalid: core.NetworkName(req.Network), Repeat: true}, func(ctx context.Context) error {
		_, raw, err = e.network(ctx, req.Network)
		return err
	})
	return raw, err
}

// network asks for a network by its exact name or ID: engines also take the beginning of an ID.
func (e *Engine) network(ctx context.Context, name string) (found network.Inspect, raw json.RawMessage, err error) {
	found, raw, err = e.api.NetworkInspectWithRaw(ctx, name, network.InspectOptions{})
	if err == nil && !containerinfo.NamedExactly(name, found.Name, found.ID) {
		err = core.Errorf(core.KindNotFound, "network %s not found", name)
	}
	return found, raw, err
}

func (e *Engine) networkDocument(ctx context.Context, id string) (raw json.RawMessage, err error) {
	_, raw, err = e.network(ctx, id)
	return raw, err
}

// NetworkList implements core.Networks.
func (e *Engine) NetworkList(ctx context.Context, req core.NetworkListRequest) ([]json.RawMessage, error) {
	list := []json.RawMessage{}
	wanted, invalid := filterargs.Checked(req.Filters, "dangling", "driver", "id", "label", "name", "scope", "type")
	err := e.session.Perform(ctx, session.Operation{Invalid: invalid, Repeat: true}, func(ctx context.Context) error {
		return e.getFiltered(ctx, "/networks", wanted, &list)
	})
	return list, err
}
