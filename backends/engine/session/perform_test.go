package session

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

func TestPerform(t *testing.T) {
	none, slash, climbs, image, empty := "", "/c", "../x", "Not An Image", ""
	lost := append(times(1, drop), answer200(""))
	for name, c := range map[string]struct {
		o       Operation
		acts    []action
		calls   int
		pings   int
		kind    core.Kind
		message string
		took    time.Duration
	}{
		"an answer":               {acts: times(1, answer200("")), calls: 1, pings: 1},
		"a refusal":               {acts: times(1, refuse(409, "in use")), calls: 1, pings: 1, kind: core.KindConflict, message: "in use"},
		"not to be repeated":      {acts: lost, calls: 1, pings: 1, kind: core.KindConnectionLost, message: "ended before its answer"},
		"to be repeated":          {o: Operation{Repeat: true}, acts: lost, calls: 2, pings: 2},
		"a time limit":            {o: Operation{Timeout: 1.5}, acts: times(1, hang), calls: 1, pings: 1, kind: core.KindOperationTimeout, message: "not done after 1.5 s", took: 1500 * time.Millisecond},
		"a time limit not needed": {o: Operation{Timeout: 60}, acts: times(1, after(time.Second, answer200(""))), calls: 1, pings: 1, took: time.Second},
		"a name with a slash":     {o: Operation{Container: &slash}, acts: times(1, answer200("")), calls: 1, pings: 1},
		"no name":                 {o: Operation{Container: &none}, kind: core.KindInvalidArgument, message: "the container's name is empty"},
		"a name that is a path":   {o: Operation{Container: &climbs}, kind: core.KindInvalidArgument, message: `"../x" is not a valid container name`},
		"no image":                {o: Operation{Image: &empty}, kind: core.KindInvalidArgument, message: "the image's name is empty"},
		"a bad image":             {o: Operation{Image: &image}, kind: core.KindInvalidArgument, message: image},
		"another bad argument":    {o: Operation{Invalid: core.Errorf(core.KindInvalidArgument, "a bad signal")}, kind: core.KindInvalidArgument, message: "a bad signal"},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{Target: "ssh://host"}, func(t *testing.T, e *engine, s *Session) {
				e.on(toStart, c.acts...)
				began := time.Now()
				err := wantKind(t, s.Perform(core.WithOperation(t.Context(), "start_container"), c.o, start(s)), c.kind)
				if c.kind != "" && (err.Op != "start_container" || err.Target != "ssh://host") {
					t.Errorf("%+v", err)
				}
				wantIn(t, err.Message, c.message)
				if took := time.Since(began); took < c.took || took > c.took+time.Second/10 {
					t.Errorf("it took %v", took)
				}
				if e.calls() != c.calls || e.pinged() != c.pings {
					t.Errorf("%d requests and %d pings", e.calls(), e.pinged())
				}
			})
		})
	}
	if slash != "c" {
		t.Errorf("the name has become %q", slash)
	}
}

// TestPerformWithoutTheEngine asks it nothing, so that it works where there is none.
func TestPerformWithoutTheEngine(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		e.leaves(unreachable)
		done := false
		err := s.Perform(t.Context(), Operation{WithoutEngine: true}, func(context.Context) error { done = true; return nil })
		if err != nil || !done || e.dials != 0 {
			t.Errorf("%v, done: %v, %d connections", err, done, e.dials)
		}
	})
}

func TestImageNames(t *testing.T) {
	for _, name := range []string{"busybox", "busybox:1", "host:5000/a/b@sha256:" + digest, "sha256:" + digest, digest} {
		if err := CheckImageName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "..", "../x", "a//b", "UPPER", "a b", "a?b=c", "a:", "a@sha256:1"} {
		if err := CheckImageName(name); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%q: %v", name, err)
		}
	}
}

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// TestShortOperationsShareTheirPlaces: long ones need none, and a caller that waits for one may leave.
func TestShortOperationsShareTheirPlaces(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.on(toStart, after(time.Minute, answer200("")))
		var work guard.Group
		perform := func(ctx context.Context, o Operation) {
			work.Run(func() error { return s.Perform(ctx, o, start(s)) })
		}
		for range 3 * maxShort {
			perform(t.Context(), Operation{})
		}
		for range 10 {
			perform(t.Context(), Operation{Long: true})
		}
		synctest.Wait()
		if got := e.calls(); got != maxShort+10 {
			t.Errorf("%d at once", got)
		}
		leaving, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		wantKind(t, s.Perform(leaving, Operation{}, start(s)), core.KindOperationTimeout)
		began := time.Now()
		if err := work.Wait(); err != nil || time.Since(began) != 3*time.Minute-time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// TestClose ends what is under way, lets it undo what it began, and refuses what comes later.
func TestClose(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.on(toStart, hang)
		ends := make(chan error, 1)
		guard.Go(func() {
			ends <- s.Perform(t.Context(), Operation{}, func(ctx context.Context) error {
				err := start(s)(ctx)
				return errors.Join(err, s.CleanUp(ctx, remove(s)))
			})
		}, nil)
		synctest.Wait()
		undone := 0
		if err := s.Close(func() { undone = count(e, toRemove) }); err != nil {
			t.Fatal(err)
		}
		wantKind(t, <-ends, core.KindClientClosed)
		if undone != 1 {
			t.Error("the operation had undone nothing when the connections were closed")
		}
		late := core.WithOperation(t.Context(), "start_container")
		if err := wantKind(t, s.Perform(late, Operation{}, start(s)), core.KindClientClosed); err.Op != "start_container" {
			t.Errorf("%+v", err)
		}
		// A transport that ends under a request says only that the request was cancelled.
		wantKind(t, s.Fail(t.Context(), fmt.Errorf("Get: %w", context.Canceled)), core.KindClientClosed)
		if got := count(e, toStart); got != 1 {
			t.Errorf("started %d times", got)
		}
	})
}

// TestAnOperationThatDoesNotEnd is waited for at a close, as long as the slowest one takes.
func TestAnOperationThatDoesNotEnd(t *testing.T) {
	inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		stays := make(chan struct{})
		guard.Go(func() {
			_ = s.Perform(t.Context(), Operation{}, func(context.Context) error { <-stays; return nil })
		}, nil)
		synctest.Wait()
		began := time.Now()
		_ = s.Close(func() {})
		if took := time.Since(began); took.Round(time.Second) != SlowCleanupTime+CleanupTime {
			t.Errorf("it took %v", took)
		}
		close(stays)
	})
}
