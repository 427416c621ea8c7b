// Package attempt lets many callers share one attempt at the same thing: to connect, to
// look for something, to agree on a version. A thousand callers that each tried for
// themselves would ask the other side a thousand times. It imports only core/guard.
package attempt

import (
	"context"
	"sync"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Shared is where callers meet. At most one attempt with callers is under way; its result
// is not kept. All methods are safe for concurrent use.
type Shared[T any] struct {
	life    context.Context
	discard func(T)

	mu  sync.Locker // a caller leaves, and the attempt with the last of them, in one hold
	now *attempt[T] // the attempt that a new caller joins, or nil
}

// attempt is one attempt. Shared.mu guards its fields except done; value and err do not
// change once done is closed.
type attempt[T any] struct {
	cancel  context.CancelFunc
	callers int
	ended   bool
	done    chan struct{}
	value   T
	err     error
}

// New makes a Shared whose attempts end with life. The result of an attempt that succeeds
// after its last caller has left goes to discard; nil drops it.
func New[T any](life context.Context, discard func(T)) *Shared[T] {
	return &Shared[T]{life: life, discard: discard, mu: &sync.Mutex{}}
}

// Do joins the attempt under way, or starts one that calls run, and returns its result.
// All its callers get the same result; a panic in run is a *guard.Panic for each of them.
// A caller whose ctx ends first leaves with the cause of that. When the last caller leaves,
// the context of run is cancelled, and the next caller starts another attempt, even if
// run has not returned yet: two runs can overlap, and the older one then has no callers.
//
// A caller that looks for a kept result before Do may call Do just after the attempt that
// produced it has ended: run must look again.
func (s *Shared[T]) Do(ctx context.Context, run func(context.Context) (T, error)) (T, error) {
	if ctx.Err() != nil {
		var none T
		return none, context.Cause(ctx)
	}
	a := s.join(run)
	select {
	case <-a.done:
	case <-ctx.Done():
		if s.leave(a) {
			var none T
			return none, context.Cause(ctx)
		}
	}
	return a.value, a.err
}

// Active reports whether an attempt that has callers is under way.
func (s *Shared[T]) Active() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now != nil
}

func (s *Shared[T]) join(run func(context.Context) (T, error)) *attempt[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		s.now = s.start(run)
	}
	s.now.callers++
	return s.now
}

func (s *Shared[T]) start(run func(context.Context) (T, error)) *attempt[T] {
	ctx, cancel := context.WithCancel(s.life)
	a := &attempt[T]{cancel: cancel, done: make(chan struct{})}
	guard.Go(func() {
		var value T
		var err error
		if p := guard.Call(func() { value, err = run(ctx) }); p != nil {
			err = p
		}
		cancel()
		if abandoned := s.end(a, value, err); abandoned && err == nil && s.discard != nil {
			s.discard(value)
		}
	}, nil)
	return a
}

// leave reports false if the attempt has ended: then its result belongs to the caller.
func (s *Shared[T]) leave(a *attempt[T]) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.ended {
		return false
	}
	if a.callers--; a.callers == 0 {
		s.now = nil
		a.cancel()
	}
	return true
}

// end reports whether nobody is left to get the result.
func (s *Shared[T]) end(a *attempt[T], value T, err error) (abandoned bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == a {
		s.now = nil
	}
	a.value, a.err, a.ended = value, err, true
	close(a.done)
	return a.callers == 0
}
