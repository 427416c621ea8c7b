package swarm

import (
	"context"
	"errors"
	"maps"
	"math"
	"sync"
	"time"

	"github.com/docker/go-units"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Reserve implements core.Reserver.
func (c *Client) Reserve(ctx context.Context, req core.ReserveRequest) (core.DockerClient, core.Reservation, error) {
	if req.Node != "" {
		client, err := c.atNode(ctx, req.Node)
		if err != nil {
			return nil, core.Reservation{}, c.fail(ctx, err)
		}
		return client, core.Reservation{Node: client.node.Name, GPUs: []string{}, Devices: map[string][]string{}}, nil
	}
	ask, err := askOf(req)
	if len(req.Options) > 0 {
		ask, err = c.askOfRun(ctx, req)
	}
	if err != nil {
		return nil, core.Reservation{}, c.fail(ctx, err)
	}
	taken, err := c.queue.Take(ctx, ask, func(event any) { core.Report(ctx, event) })
	if err != nil {
		return nil, core.Reservation{}, c.fail(ctx, err)
	}
	p := &Place{nodeClient: nodeClient{c, taken.Node, taken.Client}, place: taken, ofRun: len(req.Options) > 0, runs: map[string]int{}}
	if !c.held.add(p) {
		_ = c.queue.Free(ctx, taken)
		return nil, core.Reservation{}, c.fail(ctx, core.ClosedError())
	}
	others := maps.Clone(taken.Devices)
	maps.DeleteFunc(others, func(kind string, _ []string) bool { return reserve.IsGPU(kind) })
	return p, core.Reservation{Node: taken.Node.Name, GPUs: gpusOf(taken), Devices: others}, nil
}

// askOfRun is what a run with these options asks for.
func (c *Client) askOfRun(ctx context.Context, req core.ReserveRequest) (reserve.Ask, error) {
	run := core.RunRequest{Image: "image", Options: req.Options, QueueTimeoutSeconds: req.QueueTimeoutSeconds}
	asked, err := c.read(ctx, run)
	switch {
	case err == nil && asked == nil:
		return reserve.Ask{}, c.refused(run)
	case err == nil && asked.reschedule:
		err = core.Errorf(core.KindInvalidArgument, "--reschedule is for one run, and this is a place for any number of them: leave it out")
	}
	if err != nil {
		return reserve.Ask{}, err
	}
	asked.Held = true
	return asked.Ask, nil
}

// refused is why read reads nothing.
func (c *Client) refused(req core.RunRequest) error {
	run, err := cliopts.ParseRun(cliopts.Input{Options: req.Options, Environ: c.open.Environ, Config: c.config}, req.Image, nil)
	if err == nil {
		_, err = core.ContainerName(run.Name)
	}
	return err
}

func askOf(req core.ReserveRequest) (reserve.Ask, error) {
	ask := reserve.Ask{
		Devices: map[string]int64{}, Constraints: req.Constraints, Held: true,
		NanoCPUs: int64(math.Round(req.CPUs * 1e9)), QueueTimeout: time.Duration(req.QueueTimeoutSeconds * float64(time.Second)),
	}
	for kind, count := range req.Devices {
		if reserve.IsGPU(kind) {
			return ask, core.Errorf(core.KindInvalidArgument, "devices names %s: ask for GPUs by gpus", kind)
		}
		ask.Devices[kind] = count
	}
	if req.GPUs != 0 {
		ask.Devices[reserve.GPU] = req.GPUs
	}
	if req.CPUs < 0 {
		return ask, core.Errorf(core.KindInvalidArgument, "cpus is %g: it must be more than 0", req.CPUs)
	}
	if req.Memory == "" {
		return ask, nil
	}
	var err error
	if ask.Memory, err = units.RAMInBytes(req.Memory); err != nil || ask.Memory <= 0 {
		return ask, core.Errorf(core.KindInvalidArgument, "memory is %q: it must be a size, such as 64g", req.Memory)
	}
	return ask, nil
}

// Place is a client of one node, where it holds resources. What it runs belongs to them.
type Place struct {
	nodeClient
	place *reserve.Place
	ofRun bool // it was taken for the options of its runs

	mu     sync.Mutex
	runs   map[string]int // that use a GPU
	closed sync.Once
}

// Close implements core.DockerClient. The connection to the node is the fleet's, and stays.
func (p *Place) Close() error {
	var err error
	p.closed.Do(func() {
		p.fleet.held.drop(p)
		ctx := context.Background()
		err = p.fleet.fail(ctx, p.fleet.queue.End(ctx, p.place))
	})
	return err
}

// held are the places of a fleet's client, which end before it does.
type held struct {
	mu     sync.Mutex
	places map[*Place]bool
	closed bool
}

func (h *held) add(p *Place) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	if h.places == nil {
		h.places = map[*Place]bool{}
	}
	h.places[p] = true
	return true
}

func (h *held) drop(p *Place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.places, p)
}

// close gives all places back.
func (h *held) close() error {
	h.mu.Lock()
	h.closed = true
	var places []*Place
	for p := range h.places {
		places = append(places, p)
	}
	h.mu.Unlock()
	errs := make([]error, len(places))
	err := guard.Each(context.Background(), atOnce, len(places), func(i int) error {
		errs[i] = places[i].Close()
		return nil
	})
	return errors.Join(append(errs, err)...)
}
