package swarm

import (
	"context"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// WaitUntilRunning implements core.Containers. A container that does not exist may begin on any node,
// or on one that joins the fleet meanwhile: all of them wait, and the first that has it ends the call.
func (c *Client) WaitUntilRunning(ctx context.Context, req core.ContainerRequest) error {
	name, err := core.ContainerName(req.Container)
	if err != nil {
		return c.byContainer.WaitUntilRunning(ctx, req)
	}
	if at := c.remembered(ctx, name); at != nil && at.node.Ready {
		if state, err := at.client.State(ctx, req); err == nil && state.Running {
			return nil
		}
	}
	waiting, enough := context.WithCancel(ctx)
	w := &starting{fleet: c, req: req, ends: make(chan end), lists: make(chan listing), at: map[string]*waiter{}}
	node, err := w.first(waiting)
	enough()
	if err == nil {
		c.places.put(name, node.ID)
	}
	if ended := w.group.Wait(); err == nil {
		err = ended
	}
	return c.fail(ctx, err)
}

// starting is one call that waits on all nodes.
type starting struct {
	fleet *Client
	req   core.ContainerRequest
	ends  chan end
	lists chan listing
	at    map[string]*waiter // by the IDs of nodes
	group guard.Group
}

// waiter is what is known of the wait on one node.
type waiter struct {
	waits bool
	lost  time.Duration // the pause before it is asked again, since it was lost
	again time.Time
}

// end is what the wait on a node has come to.
type end struct {
	node members.Node
	err  error
	lost bool // it could not be asked, or not any more
}

// listing is what a manager says about the nodes.
type listing struct {
	nodes []members.Node
	err   error
}

// A call looks so often for nodes that have come, or come back. One that cannot be asked is left
// alone for longer each time.
const (
	joinsEvery  = 5 * time.Second
	longestLeft = time.Minute
)

// first returns the first node that has the container. One that cannot be asked does not matter as
// long as another one can, and nor do the managers as long as a node waits.
func (w *starting) first(ctx context.Context) (members.Node, error) {
	w.group.Run(func() error { w.list(ctx); return nil })
	heard := time.Now()
	for {
		select {
		case <-ctx.Done():
			return members.Node{}, core.ContextError(ctx, "")
		case now := <-w.lists:
			w.begin(ctx, now.nodes)
			if w.anyWaits() {
				heard = time.Now()
			} else if now.err != nil {
				return members.Node{}, now.err
			} else if time.Since(heard) > w.fleet.members.Patience() {
				return members.Node{}, core.Errorf(core.KindEngineUnreachable, "Swarm hears from no node of the fleet on which %s could begin", w.req.Container)
			}
		case one := <-w.ends:
			if w.ended(one); one.err == nil || !one.lost || !w.anyWaits() {
				return one.node, w.fleet.unlessLost(ctx, one.node, one.err)
			}
		}
	}
}

// list lists the nodes from time to time.
func (w *starting) list(ctx context.Context) {
	every := time.NewTicker(joinsEvery)
	defer every.Stop()
	for ctx.Err() == nil {
		nodes, err := w.fleet.members.Nodes(ctx)
		select {
		case w.lists <- listing{nodes, err}:
		case <-ctx.Done():
		}
		select {
		case <-every.C:
		case <-ctx.Done():
		}
	}
}

// begin lets all nodes wait that do not.
func (w *starting) begin(ctx context.Context, nodes []members.Node) {
	for _, node := range nodes {
		one := w.at[node.ID]
		if one == nil {
			one = &waiter{}
			w.at[node.ID] = one
		}
		if node.Ready && !one.waits && time.Now().After(one.again) {
			one.waits = true
			w.group.Run(func() error { w.wait(ctx, node); return nil })
		}
	}
}

func (w *starting) ended(one end) {
	at := w.at[one.node.ID]
	at.waits = false
	at.lost = min(max(2*at.lost, joinsEvery), longestLeft)
	at.again = time.Now().Add(at.lost)
}

func (w *starting) anyWaits() bool {
	for _, one := range w.at {
		if one.waits {
			return true
		}
	}
	return false
}

func (w *starting) wait(ctx context.Context, node members.Node) {
	lost, err := w.ask(ctx, node)
	select {
	case w.ends <- end{node, err, lost}:
	case <-ctx.Done():
	}
}

func (w *starting) ask(ctx context.Context, node members.Node) (lost bool, err error) {
	defer guard.Recover(&err)
	client, err := w.fleet.members.Client(ctx, node)
	if err != nil {
		return true, err
	}
	err = client.WaitUntilRunning(ctx, w.req)
	return members.Lost(err), err
}
