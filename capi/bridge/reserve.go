package bridge

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// reserveResult has the handle of a client of the node where the resources are held.
type reserveResult struct {
	core.Reservation
	Client uint64 `json:"client"`
	Target string `json:"target"`
}

func (b *Bridge) reserve(ctx context.Context, c *call, request core.ReserveRequest) (reserveResult, error) {
	fleet, ok := c.client.(core.Reserver)
	if !ok {
		err := core.Errorf(core.KindInvalidArgument, "this is one engine, and places are reserved in a fleet: connect to one (swarm://HOST)").With("reason", "no_fleet")
		err.Op, err.Target = core.OperationName(ctx), c.client.Target()
		return reserveResult{}, err
	}
	place, held, err := fleet.Reserve(ctx, request)
	if err != nil {
		return reserveResult{}, err
	}
	handle := b.clients.add(place)
	b.open.add(handle)
	return reserveResult{held, handle, place.Target()}, nil
}
