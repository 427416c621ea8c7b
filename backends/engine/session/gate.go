package session

import (
	"context"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// startGate bounds how many processes an engine starts at once: a thousand concurrent calls
// need no thousand connections, and engines under such a load miss the ends of processes
// or block for good. A process that runs for longer gives up its place: long ones never
// wait for each other.
type startGate struct {
	places chan struct{} // one element for each place that is taken or not open yet
	widen  func(open func(places int))
	once   sync.Once
}

const (
	fewestPlaces  = 16 // hides the round trips of a distant engine with two processors
	mostPlaces    = 64
	placesPerCPU  = 8
	shortLifetime = 2 * time.Second
)

// EnterStart waits for a place to start a process.
func (s *Session) EnterStart(ctx context.Context) (*StartPlace, error) { return s.starts.enter(ctx) }

// newStartGate makes a gate with the fewest places. The first caller that must wait
// starts widen, which opens more places.
func newStartGate(widen func(open func(places int))) *startGate {
	g := &startGate{places: make(chan struct{}, mostPlaces), widen: widen}
	for range mostPlaces - fewestPlaces {
		g.places <- struct{}{}
	}
	return g
}

// enter waits for a place.
func (g *startGate) enter(ctx context.Context) (*StartPlace, error) {
	select {
	case g.places <- struct{}{}:
		return &StartPlace{gate: g}, nil
	default:
	}
	g.once.Do(func() { guard.Go(func() { g.widen(g.open) }, nil) })
	select {
	case g.places <- struct{}{}:
		return &StartPlace{gate: g}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *startGate) open(places int) {
	for range min(places, mostPlaces) - fewestPlaces {
		<-g.places
	}
}

// widenStarts opens as many places as suit the processors of the engine's machine.
func (s *Session) widenStarts(open func(places int)) {
	ctx, cancel := context.WithTimeout(s.closed, CleanupTime)
	defer cancel()
	if info, err := s.Info(ctx); err == nil {
		open(info.NCPU * placesPerCPU)
	}
}

// StartPlace is the place of an operation that starts a process. Nil is no place.
type StartPlace struct {
	gate  *startGate
	mu    sync.Mutex
	timer *time.Timer
	left  bool
}

// Leave gives up the place. It may be called more than once.
func (p *StartPlace) Leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left {
		return
	}
	p.left = true
	if p.timer != nil {
		p.timer.Stop()
	}
	<-p.gate.places
}

// LeaveSoon gives up the place after a while, if the process was started by then.
func (p *StartPlace) LeaveSoon(started func() bool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left {
		return
	}
	p.timer = guard.AfterFunc(shortLifetime, func() {
		if started() {
			p.Leave()
		} else {
			p.LeaveSoon(started)
		}
	})
}
