package attempt

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// hooked is a mutex that calls a function after it was unlocked, once.
type hooked struct {
	sync.Mutex
	after func()
}

func (h *hooked) Unlock() {
	after := h.after
	h.after = nil
	h.Mutex.Unlock()
	if after != nil {
		after()
	}
}

// together joins n callers to one attempt, ends it with end, and returns what each got.
func together(t *testing.T, n int, end func() (int, error)) ([]int, []error) {
	t.Helper()
	s := New[int](t.Context(), nil)
	var runs atomic.Int32
	release := make(chan struct{})
	run := func(context.Context) (int, error) {
		runs.Add(1)
		<-release
		return end()
	}
	values, errs := make([]int, n), make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		// Joining here, not in the goroutine, makes sure that all have joined.
		a := s.join(run)
		wait.Add(1)
		guard.Go(func() {
			defer wait.Done()
			<-a.done
			values[i], errs[i] = a.value, a.err
		}, nil)
	}
	close(release)
	wait.Wait()
	if runs.Load() != 1 {
		t.Errorf("%d attempts for %d callers", runs.Load(), n)
	}
	return values, errs
}

func TestCallersShareAResult(t *testing.T) {
	values, errs := together(t, 50, func() (int, error) { return 7, nil })
	for i := range values {
		if values[i] != 7 || errs[i] != nil {
			t.Fatalf("caller %d: %v, %v", i, values[i], errs[i])
		}
	}
}

func TestCallersShareAnError(t *testing.T) {
	refused := errors.New("refused")
	_, errs := together(t, 50, func() (int, error) { return 0, refused })
	for i, err := range errs {
		if err != refused {
			t.Fatalf("caller %d: %v", i, err)
		}
	}
}

func TestCallersShareAPanic(t *testing.T) {
	_, errs := together(t, 50, func() (int, error) { panic("boom") })
	for i, err := range errs {
		var p *guard.Panic
		if !errors.As(err, &p) || p.Value != "boom" {
			t.Fatalf("caller %d: %v", i, err)
		}
	}
}

// begun returns a run that says when it runs, and ends with its context.
func begun() (run func(context.Context) (int, error), running chan context.Context) {
	running = make(chan context.Context, 1)
	return func(ctx context.Context) (int, error) {
		running <- ctx
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}, running
}

func TestTheLastToLeaveEndsTheAttempt(t *testing.T) {
	s := New[int](t.Context(), nil)
	run, running := begun()
	first, second := s.join(run), s.join(run)
	inside := <-running
	if first != second {
		t.Fatal("the second caller has an attempt of its own")
	}
	if !s.leave(first) || inside.Err() != nil || !s.Active() {
		t.Fatalf("the first of two callers ended the attempt: %v", inside.Err())
	}
	if !s.leave(second) || inside.Err() == nil || s.Active() {
		t.Fatal("the attempt goes on without a caller")
	}
	<-first.done
}

func TestALeavingCallerGetsItsOwnCause(t *testing.T) {
	s := New[int](t.Context(), nil)
	run, running := begun()
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the caller's own reason")
	guard.Go(func() { <-running; cancel(gone) }, nil)
	if _, err := s.Do(ctx, run); err != gone {
		t.Errorf("%v", err)
	}
	if _, err := s.Do(ctx, func(context.Context) (int, error) { return 1, nil }); err != gone {
		t.Errorf("a caller whose context had ended got %v", err)
	}
}

// TestACallerWhoComesAsTheLastLeaves: a caller that comes as soon as the lock is free
// again, after the last caller has decided to end the attempt, must not end with it.
func TestACallerWhoComesAsTheLastLeaves(t *testing.T) {
	s := New[int](t.Context(), nil)
	lock := &hooked{}
	s.mu = lock
	run, running := begun()
	last := s.join(run)
	<-running
	var next *attempt[int]
	lock.after = func() {
		next = s.join(func(ctx context.Context) (int, error) { return 8, nil })
	}
	if !s.leave(last) {
		t.Fatal("the attempt ended by itself")
	}
	<-next.done
	if next.value != 8 || next.err != nil {
		t.Errorf("the caller that came as the last one left got %v, %v", next.value, next.err)
	}
}

// TestACallerWhoComesAsTheAttemptEnds gets the result of an attempt of its own.
func TestACallerWhoComesAsTheAttemptEnds(t *testing.T) {
	s := New[int](t.Context(), nil)
	lock := &hooked{}
	release, ended := make(chan struct{}), make(chan *attempt[int], 1)
	first := s.join(func(context.Context) (int, error) { <-release; return 1, nil })
	lock.after = func() { ended <- s.join(func(context.Context) (int, error) { return 2, nil }) }
	s.mu = lock
	close(release)
	next := <-ended
	<-next.done
	if first.value != 1 || next.value != 2 {
		t.Errorf("%d, %d", first.value, next.value)
	}
}

func TestACallerAfterTheEndStartsAnew(t *testing.T) {
	s := New[int](t.Context(), nil)
	for want := 1; want <= 3; want++ {
		got, err := s.Do(t.Context(), func(context.Context) (int, error) { return want, nil })
		if got != want || err != nil {
			t.Fatalf("%d, %v", got, err)
		}
	}
}

// TestAResultBeatsTheEndOfACaller: a result may have to be closed, so it belongs to a
// caller unless it was discarded.
func TestAResultBeatsTheEndOfACaller(t *testing.T) {
	s := New(t.Context(), func(int) { t.Error("the result of a caller was discarded") })
	a := s.join(func(context.Context) (int, error) { return 5, nil })
	<-a.done
	if s.leave(a) {
		t.Error("a caller left an attempt that had ended")
	}
}

func TestAResultThatNobodyWaitsForIsDiscarded(t *testing.T) {
	discarded := make(chan int, 1)
	s := New(t.Context(), func(v int) { discarded <- v })
	running, release := make(chan struct{}), make(chan struct{})
	a := s.join(func(context.Context) (int, error) { close(running); <-release; return 5, nil })
	<-running
	s.leave(a)
	// The attempt without callers and the next one do not disturb each other.
	if got, err := s.Do(t.Context(), func(context.Context) (int, error) { return 6, nil }); got != 6 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	close(release)
	if got := <-discarded; got != 5 {
		t.Errorf("%d", got)
	}
}

func TestTheEndOfTheOwnerEndsTheAttempt(t *testing.T) {
	closed := errors.New("closed")
	life, end := context.WithCancelCause(t.Context())
	s := New[int](life, nil)
	run, running := begun()
	guard.Go(func() { <-running; end(closed) }, nil)
	if _, err := s.Do(t.Context(), run); err != closed {
		t.Errorf("%v", err)
	}
}

// TestACrowd: callers come and go at once; those that leave never cancel those that stay.
func TestACrowd(t *testing.T) {
	s := New[int](t.Context(), nil)
	run := func(ctx context.Context) (int, error) { return 3, context.Cause(ctx) }
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Add(1)
		guard.Go(func() {
			defer wait.Done()
			for range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%2 == 0 {
					guard.Go(cancel, nil)
				}
				if got, err := s.Do(ctx, run); err != nil && (i%2 == 1 || ctx.Err() == nil) || err == nil && got != 3 {
					t.Errorf("caller %d, who did not leave, got %d, %v", i, got, err)
				}
				cancel()
			}
		}, nil)
	}
	wait.Wait()
	if s.Active() {
		t.Error("an attempt is left over")
	}
}
