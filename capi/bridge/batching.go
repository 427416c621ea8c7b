package bridge

import (
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Waking an event loop costs as much as handing it a quarter of a megabyte. So during bulk
// output the reader is woken for batches, or a moment later for whatever has arrived.
// Everything else wakes it at once.
const (
	batchSize  = 256 << 10
	batchDelay = time.Millisecond
)

// batching is a queue's state, under its lock.
type batching struct {
	on    bool
	came  bool // output came since the last tick
	woken bool // the reader was woken since the last tick
	timer *time.Timer
}

// begin starts batching, after a read that found much.
func (b *batching) begin(tick func()) {
	if b.on {
		return
	}
	b.on, b.came, b.woken = true, false, true
	b.timer = guard.AfterFunc(batchDelay, tick)
}

// waits reports whether a reader need not be woken yet for what is waiting.
func (b *batching) waits(kind FrameType, waiting int) bool {
	if !b.on || !isOutput(kind) {
		return false
	}
	b.came = true
	return waiting < batchSize
}

// tick reports whether to wake the reader for what waits now. If no output came since the
// last tick, batching ends.
func (b *batching) tick() bool {
	due := !b.woken || !b.came
	if b.on = b.came; b.on {
		b.came, b.woken = false, false
		b.timer.Reset(batchDelay)
	}
	return due
}

// tick wakes the reader for output that waits for a batch.
func (q *Queue) tick() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if q.batching.tick() && len(q.frames) > q.head {
		q.signal()
	}
}
