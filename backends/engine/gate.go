package engine

import (
	"context"
	"sync"
	"time"
)

// startGate bounds how many short processes run through streams at once, so that a
// thousand gathered calls do not need a thousand connections. A process that goes on
// for longer gives its place back: long ones are never kept waiting for each other.
type startGate struct{ places chan struct{} }

const (
	startPlaces   = 64
	shortLifetime = 2 * time.Second
)

func newStartGate() *startGate { return &startGate{places: make(chan struct{}, startPlaces)} }

// enter waits for a place. The caller calls leave at its end.
func (g *startGate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var once sync.Once
	release := func() { once.Do(func() { <-g.places }) }
	timer := time.AfterFunc(shortLifetime, release)
	return func() { timer.Stop(); release() }, nil
}
