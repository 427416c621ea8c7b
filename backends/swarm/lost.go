package swarm

import (
	"context"
	"errors"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
)

// unlessLost returns the error of a call on a node. A connection that was lost is a lost node if
// Swarm calls the node down, or has it no more; the connection to any other node may come back.
func (c *Client) unlessLost(ctx context.Context, node members.Node, err error) error {
	var known *core.Error
	if !errors.As(err, &known) || known.Kind != core.KindConnectionLost && known.Kind != core.KindEngineUnreachable {
		return err
	}
	if ctx.Err() != nil || c.members.Gone(ctx, node.ID) == nil {
		return err
	}
	lost := *known
	lost.Kind, lost.Message = core.KindNodeLost, "node "+node.Name+" of the fleet was lost: "+known.Message
	lost.Details = map[string]any{}
	for key, value := range known.Details {
		lost.Details[key] = value
	}
	return lost.With("node", node.Name)
}

// mayMove refuses to begin again what cannot be.
func (a *asked) mayMove(s core.Streams) error {
	switch {
	case !a.reschedule:
		return nil
	case s.Stdin != nil && a.interactive:
		return core.Errorf(core.KindInvalidArgument, "reschedule: input is read once, and cannot be given to a second attempt: leave one of them out")
	case a.shares != "":
		return core.Errorf(core.KindInvalidArgument, "reschedule: the run shares with the container %s, which stays where it is: leave out what is shared, or reschedule", a.shares)
	case a.cidfile:
		return core.Errorf(core.KindInvalidArgument, "reschedule: --cidfile takes the ID of one container: leave one of them out")
	case a.detached:
		return core.Errorf(core.KindInvalidArgument, "reschedule: nobody waits for a detached container, or sees its node die: leave out -d, or reschedule")
	}
	return nil
}

// afterLoss decides what becomes of a run whose node was lost. One that had ended is done, but for
// the removal of its container.
func (c *Client) afterLoss(ctx context.Context, place *reserve.Place, asked *asked, result core.CommandResult, err error) (core.CommandResult, *core.RescheduledEvent, error) {
	var lost *core.Error
	errors.As(err, &lost)
	_, ended := lost.Details["exit_code"]
	if !ended && !asked.reschedule {
		if kept := c.queue.Keep(ctx, place); kept != nil {
			lost.Message += "; and its reservation could not be noted (" + kept.Error() + ")"
		}
		return result, nil, lost
	}
	if noted := c.queue.GiveUp(ctx, place); noted != nil {
		lost.Message += "; it was not begun again, as the fleet could not be asked to end it there (" + noted.Error() + ")"
		return result, nil, lost
	}
	if ended {
		return result, nil, nil
	}
	id, _ := lost.Details["container_id"].(string)
	if id == "" {
		id = result.ContainerID
	}
	return result, &core.RescheduledEvent{Event: "rescheduled", Node: place.Node.Name, ContainerID: id, Reason: lost.Message}, nil
}
