package bridge

import (
	"context"
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Queue collects the frames of many operations for one reader.
type Queue struct {
	mu        sync.Mutex
	room      *sync.Cond // for events
	frames    []byte     // encoded, oldest at head
	head      int
	last      int // where the last frame starts; below head once it was read
	signalled bool
	batching  batching
	closed    bool
	wake      waker
	ops       map[*Op]struct{}
}

// errQueueClosed ends operations that nobody has cancelled.
var errQueueClosed = core.Errorf(core.KindClientClosed, "the event loop of this operation has ended")

// keepCapacity is how much memory an empty queue may keep.
const keepCapacity = 4 << 20

func newQueue() (*Queue, error) {
	wake, err := newWaker()
	if err != nil {
		return nil, err
	}
	q := &Queue{last: -1, wake: wake, ops: map[*Op]struct{}{}}
	q.room = sync.NewCond(&q.mu)
	return q, nil
}

// maxWaiting is how many bytes may wait for the reader when an event comes: credit limits
// output, this limits events.
const maxWaiting = 16 << 20

// awaitRoom blocks while too much waits for the reader, at most until ctx is done.
func (q *Queue) awaitRoom(ctx context.Context) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.frames)-q.head < maxWaiting {
		return
	}
	stop := guard.OnDone(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.room.Broadcast()
	})
	defer stop()
	for !q.closed && ctx.Err() == nil && len(q.frames)-q.head >= maxWaiting {
		q.room.Wait()
	}
}

// push appends a frame, or extends the last frame if that is of the same stream and was
// not read yet. A closed queue drops it.
func (q *Queue) push(tag uint64, kind FrameType, flags uint16, payload []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if q.head > keepCapacity && q.head > len(q.frames)/2 {
		q.frames = q.frames[:copy(q.frames, q.frames[q.head:])]
		q.last -= q.head
		q.head = 0
	}
	if q.last < q.head || q.last == len(q.frames) || !extendFrame(q.frames[q.last:], tag, kind, flags, len(payload)) {
		q.last = len(q.frames)
		q.frames = appendHeader(q.frames, tag, kind, flags, len(payload))
	}
	q.frames = append(q.frames, payload...)
	if !q.batching.waits(kind, len(q.frames)-q.head) {
		q.signal()
	}
}

// signal makes the queue's descriptor readable.
func (q *Queue) signal() {
	q.batching.woken = true
	if !q.signalled {
		q.signalled = true
		q.wake.signal()
	}
}

// read copies whole frames to dst. need is the size of a frame that does not fit.
func (q *Queue) read(dst []byte) (n, need int, status Status) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 0, 0, EClosed
	}
	waiting := q.frames[q.head:]
	for n < len(waiting) {
		size := frameSize(waiting[n:])
		if n+size > len(dst) {
			if n == 0 {
				q.last = -1 // it keeps the size that the reader allocates
				return 0, size, ERange
			}
			break
		}
		n += size
	}
	copy(dst, waiting[:n])
	q.head += n
	q.room.Broadcast()
	if n >= batchSize/2 {
		q.batching.begin(q.tick)
	}
	if q.head == len(q.frames) {
		q.head, q.last = 0, -1
		if q.frames = q.frames[:0]; cap(q.frames) > keepCapacity {
			q.frames = nil
		}
		if q.signalled {
			q.signalled = false
			q.wake.clear()
		}
	}
	return n, 0, OK
}

// add binds an operation to the queue's lifetime.
func (q *Queue) add(op *Op) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.ops[op] = struct{}{}
	return true
}

func (q *Queue) remove(op *Op) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.ops, op)
}

func (q *Queue) close() {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.closed = true
	q.frames, q.head = nil, 0
	q.room.Broadcast()
	ops := make([]*Op, 0, len(q.ops))
	for op := range q.ops {
		ops = append(ops, op)
	}
	q.wake.close()
	q.mu.Unlock()
	for _, op := range ops {
		op.cancel(errQueueClosed)
	}
}
