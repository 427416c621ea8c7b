package guard

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	var done, atOnce, most atomic.Int64
	all := make(chan struct{})
	err := Each(t.Context(), 3, 9, func(i int) error {
		if now := atOnce.Add(1); now > most.Load() {
			most.Store(now)
		}
		if done.Add(1) == 3 {
			close(all) // three are at work together
		}
		<-all
		atOnce.Add(-1)
		return nil
	})
	if err != nil || done.Load() != 9 || most.Load() > 3 {
		t.Errorf("%v, %d done, %d at once", err, done.Load(), most.Load())
	}
}

func TestEachEnds(t *testing.T) {
	why := errors.New("why")
	begun := 0
	if err := Each(t.Context(), 1, 9, func(i int) error { begun++; return why }); !errors.Is(err, why) || begun != 1 {
		t.Errorf("%v after %d", err, begun)
	}
	var p *Panic
	if err := Each(t.Context(), 2, 2, func(i int) error { panic("boom") }); !errors.As(err, &p) || p.Value != "boom" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := Each(ctx, 2, 2, func(i int) error { t.Error("it began"); return nil }); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	if err := Each(t.Context(), 2, 0, nil); err != nil {
		t.Errorf("%v", err)
	}
}

func TestAll(t *testing.T) {
	why, first := errors.New("why"), make(chan struct{})
	err := All(t.Context(), func() error { <-first; return nil }, func() error { defer close(first); return why })
	if !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	if err := All(t.Context()); err != nil {
		t.Errorf("%v", err)
	}
}
