package bridge

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TestEventsWaitForTheirReader: an engine that sends events endlessly does not fill
// the memory of a program that reads none for a while; the wait ends with the reader,
// the operation or the queue.
func TestEventsWaitForTheirReader(t *testing.T) {
	event := core.StatusEvent{Event: "status", Message: strings.Repeat("x", 1<<20)}
	for name, release := range map[string]func(q *Queue, op *Op){
		"the reader": func(q *Queue, _ *Op) { readWhole(t, q, 64<<20) },
		"a cancel":   func(_ *Queue, op *Op) { op.cancel(context.Canceled) },
		"the queue":  func(q *Queue, _ *Op) { q.close() },
	} {
		t.Run(name, func(t *testing.T) {
			q := openQueue(t)
			op := newOp(q, 1)
			done := make(chan struct{})
			guard.Go(func() {
				defer close(done)
				for range 2 * maxWaiting >> 20 {
					op.event(event)
				}
			}, func(p *guard.Panic) { panic(p) })
			for deadline := time.Now().Add(patience); waitingIn(q) < maxWaiting; runtime.Gosched() {
				if time.Now().After(deadline) {
					t.Fatalf("%d bytes wait", waitingIn(q))
				}
			}
			select {
			case <-done:
				t.Error("no event waited")
			case <-time.After(100 * time.Millisecond): // longer would show more, if there were more
			}
			if waiting := waitingIn(q); waiting > maxWaiting+2<<20 {
				t.Errorf("%d bytes wait", waiting)
			}
			op.consumed(1) // the input's own events wait for nobody
			release(q, op)
			select {
			case <-done:
			case <-time.After(patience):
				t.Error("an event waits still")
			}
		})
	}
}

func waitingIn(q *Queue) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.frames) - q.head
}
