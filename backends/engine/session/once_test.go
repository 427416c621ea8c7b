package session

import (
	"context"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

const toLook = "GET /containers/c/json"

func TestOnce(t *testing.T) {
	running, stopped := answer200(`{"Id": "c", "State": {"Running": true}}`), answer200(`{"Id": "c", "State": {"Running": false}}`)
	for name, c := range map[string]struct {
		start   []action
		look    []action // nil: nothing can find out
		looks   int
		kind    core.Kind
		message string
	}{
		"an answer":                          {start: times(1, answer200("")), look: times(1, running)},
		"a refusal":                          {start: times(1, refuse(409, "in use")), look: times(1, running), kind: core.KindConflict},
		"a lost answer to what was done":     {start: times(1, drop), look: times(1, running), looks: 1},
		"a lost answer to what was not":      {start: times(1, drop), look: times(1, stopped), looks: 1, kind: core.KindConnectionLost, message: "not asked a second time"},
		"a lost answer, and nobody can ask":  {start: times(1, drop), kind: core.KindConnectionLost, message: "whether the engine did it is not known"},
		"a half answer is a lost one":        {start: times(1, cut), look: times(1, running), kind: "", looks: 0},
		"the answer to the question is lost": {start: times(1, drop), look: []action{drop, cut, running}, looks: 3},
		"the question is refused":            {start: times(1, drop), look: times(1, refuse(404, "No such container: c")), looks: 1, kind: core.KindContainerNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, Options{}, func(t *testing.T, e *engine, s *Session) {
				connected(t, s)
				e.on(toStart, c.start...)
				e.on(toLook, c.look...)
				var outcome func(ctx context.Context) (bool, error)
				if c.look != nil {
					outcome = func(ctx context.Context) (bool, error) { return isRunning(ctx, s) }
				}
				err := s.Fail(t.Context(), s.Once(t.Context(), start(s), outcome))
				wantIn(t, wantKind(t, err, c.kind).Message, c.message)
				if got := count(e, toStart); got != 1 {
					t.Errorf("asked %d times", got)
				}
				if got := count(e, toLook); got != c.looks {
					t.Errorf("looked %d times, not %d", got, c.looks)
				}
			})
		})
	}
}

func isRunning(ctx context.Context, s *Session) (bool, error) {
	var inspected container.InspectResponse
	inspected, err := s.API.ContainerInspect(ctx, "c")
	return err == nil && inspected.State.Running, err
}

func count(e *engine, request string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, each := range e.called {
		if each == request {
			n++
		}
	}
	return n
}

// TestOnceWhileTheEngineStaysAway does not ask a second time either.
func TestOnceWhileTheEngineStaysAway(t *testing.T) {
	inTime(t, Options{ReconnectTimeout: 30 * time.Second}, func(t *testing.T, e *engine, s *Session) {
		connected(t, s)
		e.on(toStart, drop)
		err := s.Once(t.Context(), func(ctx context.Context) error {
			err := start(s)(ctx)
			e.leaves(unreachable)
			return err
		}, nil)
		wantIn(t, wantKind(t, err, core.KindConnectionLost).Message, "the engine did not answer again", unreachable.Message)
		if got := count(e, toStart); got != 1 {
			t.Errorf("asked %d times", got)
		}
	})
}
