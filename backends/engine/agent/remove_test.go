package agent

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// slowly is an engine that takes longer than anybody waits, once.
type slowly struct {
	Containers
	asked   int
	removed chan string
}

func (s *slowly) Remove(ctx context.Context, id string) error {
	if s.asked++; s.asked == 1 {
		<-ctx.Done()
		return ctx.Err()
	}
	s.removed <- id
	return nil
}

// TestHelperIsRemovedLater by an engine that is too slow: what it was for has succeeded, and no
// call that has no time limit may end as if it had one.
func TestHelperIsRemovedLater(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.51") }))
	t.Cleanup(server.Close)
	engine := &slowly{removed: make(chan string)}
	h := New(sessionOf(t, server), engine)
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := h.Remove(late, "0123"); err != nil {
		t.Errorf("got %v", err)
	}
	if id := <-engine.removed; id != "0123" {
		t.Errorf("got %q", id)
	}
}

// TestHelperStays where the caller's own time limit has passed.
func TestHelperStays(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(core.Errorf(core.KindOperationTimeout, "not done after 1 s"))
	if err := New(nil, &slowly{}).Remove(ctx, "0123"); err == nil {
		t.Error("no error")
	}
}
