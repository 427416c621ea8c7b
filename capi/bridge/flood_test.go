package bridge

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TestEventsWaitForTheirReader: an engine that tells of events without end does not fill
// the memory of a program that reads none for a while; what ends the wait is the reader,
// the operation's end or the queue's.
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
			told := make(chan int)
			guard.Go(func() {
				for n := range 2 * maxWaiting >> 20 {
					op.event(event)
					told <- n
				}
			}, func(p *guard.Panic) { panic(p) })
			n := 0
			for full := false; !full; n++ {
				select {
				case <-told:
				case <-time.After(300 * time.Millisecond):
					full = true
				}
			}
			q.mu.Lock()
			waiting := len(q.frames) - q.head
			q.mu.Unlock()
			if waiting > maxWaiting+2<<20 || n < maxWaiting>>20 {
				t.Errorf("%d bytes wait after %d events", waiting, n)
			}
			release(q, op)
			select {
			case <-told:
			case <-time.After(patience):
				t.Error("the event waits still")
			}
			op.consumed(1) // the input's own events wait for nobody
			guard.Go(func() {
				for range told {
				}
			}, nil)
			op.cancel(nil)
		})
	}
}
