package system

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

var _ core.Fleet = (*System)(nil)

// Nodes implements core.Fleet: one engine is no fleet.
func (s *System) Nodes(ctx context.Context) ([]core.FleetNode, error) {
	return nil, s.noFleet(ctx)
}

// WaitingRuns implements core.Fleet: nothing waits for one engine.
func (s *System) WaitingRuns(ctx context.Context) ([]core.WaitingRun, error) {
	return nil, s.noFleet(ctx)
}

// noFleet needs no engine: it is the target that names none.
func (s *System) noFleet(ctx context.Context) error {
	if s.session.IsClosed() {
		return core.ClosedError()
	}
	err := core.Errorf(core.KindInvalidArgument, "this client has one engine, and a fleet has nodes: connect to one of its managers by swarm://HOST").With("reason", "no_fleet")
	err.Op, err.Target = core.OperationName(ctx), s.session.Target()
	return err
}
