package swarm

import (
	"context"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
)

// Run implements core.Containers. A run that asks for GPUs gets those of the place: the ones that
// fewest of its runs use.
func (p *Place) Run(ctx context.Context, req core.RunRequest, s core.Streams) (core.CommandResult, error) {
	options, leave, err := p.options(ctx, req.Options, req.Environ, req.Image)
	if err != nil {
		return core.CommandResult{}, p.fleet.fail(ctx, err)
	}
	var event func(any)
	if req.Progress {
		event = s.Event
	}
	if err := p.fleet.bringImage(ctx, p.place, req.Image, event); err != nil {
		leave()
		return core.CommandResult{}, p.fail(ctx, err)
	}
	req.Options = options
	result, err := p.nodeClient.Run(ctx, req, s)
	if err != nil || !result.Detached {
		leave()
	}
	return result, err
}

// Create implements core.Containers.
func (p *Place) Create(ctx context.Context, req core.CreateContainerRequest, event func(any)) (core.CreateContainerResult, error) {
	options, leave, err := p.options(ctx, req.Options, req.Environ, req.Image)
	if err == nil {
		err = p.fleet.bringImage(ctx, p.place, req.Image, event)
	}
	if err != nil {
		leave()
		return core.CreateContainerResult{}, p.fail(ctx, err)
	}
	req.Options = options
	result, err := p.nodeClient.Create(ctx, req, event)
	if err != nil {
		leave()
	}
	return result, err
}

// options marks a container as one of this place, and gives it GPUs of the place if it asks for
// some: until leave is called. What cannot be read is for the engine to refuse.
func (p *Place) options(ctx context.Context, options []string, environ core.EnvironChanges, image string) (words []string, leave func(), err error) {
	leave = func() {}
	input := cliopts.Input{Options: options, Environ: p.fleet.open.Environ.With(environ), Config: p.fleet.config}
	run, err := cliopts.ParseRun(input, image, nil)
	if err != nil || !p.ofRun && run.Placing.OfOneEngine() != nil {
		return options, leave, nil
	}
	if run.Name != "" && nameIsValid(run.Name) {
		if err := p.fleet.unused(ctx, run.Name); err != nil {
			return nil, leave, err
		}
	}
	a := &asked{}
	if a.words, err = ofOneEngine(options); err != nil {
		return nil, leave, err
	}
	var gpus []string
	for _, request := range run.Host.DeviceRequests {
		if request.Driver == "cdi" {
			continue
		}
		if len(a.gpus) > 0 {
			return nil, leave, core.Errorf(core.KindInvalidArgument, "--gpus is given several times: a place takes it once")
		}
		if gpus, err = p.use(request); err != nil {
			return nil, leave, err
		}
		a.gpus = append(a.gpus, request)
	}
	return a.optionsWith(p.place, gpus), func() { p.leave(gpus) }, nil
}

// use takes the GPUs that a run asks for.
func (p *Place) use(request container.DeviceRequest) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := gpusOf(p.place)
	chosen := slices.Clone(request.DeviceIDs)
	foreign := slices.ContainsFunc(chosen, func(id string) bool { return !slices.Contains(all, id) })
	if foreign || request.Count > len(all) || len(all) == 0 {
		return nil, core.Errorf(core.KindInvalidArgument, "the place on node %s has %d GPUs (%s): ask for more with reserve(gpus=)", p.place.Node.Name, len(all), strings.Join(all, ", ")).
			With("reason", "not_reserved")
	}
	if len(chosen) == 0 {
		slices.SortStableFunc(all, func(a, b string) int { return p.runs[a] - p.runs[b] })
		chosen = all
		if request.Count != reserve.All {
			chosen = all[:request.Count]
		}
	}
	for _, id := range chosen {
		p.runs[id]++
	}
	return chosen, nil
}

func (p *Place) leave(gpus []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range gpus {
		p.runs[id]--
	}
}
