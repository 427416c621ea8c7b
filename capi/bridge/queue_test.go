package bridge

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

func openQueue(t *testing.T) *Queue {
	t.Helper()
	q, err := newQueue()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.close)
	return q
}

func TestQueueReadNeedsRoomForOneFrame(t *testing.T) {
	q := openQueue(t)
	q.push(1, FrameStdout, 0, []byte("0123456789"))
	for _, room := range []int{0, headerSize, headerSize + 9} {
		if n, need, status := q.read(make([]byte, room)); n != 0 || need != headerSize+10 || status != ERange {
			t.Errorf("with room for %d: n=%d need=%d status=%d", room, n, need, status)
		}
	}
	if n, need, status := q.read(make([]byte, headerSize+10)); n != headerSize+10 || need != 0 || status != OK {
		t.Errorf("nothing may be consumed by a failed read: n=%d need=%d status=%d", n, need, status)
	}
}

func TestQueueReadGivesWholeFramesInOrder(t *testing.T) {
	q := openQueue(t)
	random := rand.New(rand.NewSource(1))
	var sent, got []byte
	for i := range 3000 {
		payload := make([]byte, random.Intn(9000))
		random.Read(payload)
		q.push(uint64(i), FrameStdout, 0, payload)
		sent = appendFrame(sent, uint64(i), FrameStdout, 0, payload)
		if i%7 == 0 {
			got = append(got, readWhole(t, q, 10_000+random.Intn(30_000))...)
		}
	}
	for {
		part := readWhole(t, q, 20_000)
		if len(part) == 0 {
			break
		}
		got = append(got, part...)
	}
	if !bytes.Equal(sent, got) {
		t.Fatal("what was read is not what was sent")
	}
}

func readWhole(t *testing.T, q *Queue, room int) []byte {
	t.Helper()
	buf := make([]byte, room)
	n, _, status := q.read(buf)
	if status != OK {
		t.Fatalf("status %d", status)
	}
	if _, err := DecodeFrames(buf[:n]); err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

func TestQueueWakesUntilEmpty(t *testing.T) {
	s := newSession(t, nil)
	q, _ := s.bridge.queues.get(s.queue)
	if s.readable(0) {
		t.Fatal("readable while empty")
	}
	for range 2 {
		q.push(1, FrameStdout, 0, []byte("a"))
		q.push(2, FrameStdout, 0, []byte("b"))
		if !s.readable(0) {
			t.Fatal("not readable with two frames")
		}
		readWhole(t, q, headerSize+1)
		if !s.readable(0) {
			t.Fatal("not readable with one frame left")
		}
		readWhole(t, q, headerSize+1)
		if s.readable(0) {
			t.Fatal("readable after the last frame")
		}
	}
}

func TestQueueJoinsChunksOfOneStream(t *testing.T) {
	q := openQueue(t)
	for _, chunk := range []struct {
		tag  uint64
		kind FrameType
		text string
	}{
		{1, FrameStdout, "a"}, {1, FrameStdout, "b"}, {1, FrameStderr, "c"}, {1, FrameStdout, "d"},
		{2, FrameStdout, "e"}, {2, FrameEvent, "{}"}, {2, FrameEvent, "{}"},
	} {
		q.push(chunk.tag, chunk.kind, 0, []byte(chunk.text))
	}
	if _, need, status := q.read(nil); status != ERange || need != headerSize+2 {
		t.Fatalf("need %d, status %d", need, status)
	}
	q.push(2, FrameStdout, 0, make([]byte, maxChunk)) // longer than a frame may grow
	q.push(2, FrameStdout, 0, []byte("f"))
	frames, err := DecodeFrames(readWhole(t, q, 2*maxChunk))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, frame := range frames {
		got = append(got, fmt.Sprint(frame.Tag, frame.Type, len(frame.Payload)))
	}
	want := []string{"1 3 2", "1 4 1", "1 3 1", "2 3 1", "2 5 2", "2 5 2", fmt.Sprint("2 3 ", maxChunk), "2 3 1"}
	if !slices.Equal(got, want) {
		t.Errorf("frames %q, want %q", got, want)
	}
}

func TestQueueKeepsTheSizeItAskedRoomFor(t *testing.T) {
	q := openQueue(t)
	q.push(1, FrameStdout, 0, []byte("abc"))
	_, need, _ := q.read(nil)
	q.push(1, FrameStdout, 0, []byte("d"))
	if got := readWhole(t, q, need); len(got) != need {
		t.Errorf("%d bytes, want %d", len(got), need)
	}
}

func TestQueueKeepsLittleMemoryWhenEmpty(t *testing.T) {
	q := openQueue(t)
	q.push(1, FrameResult, 0, make([]byte, 2*keepCapacity))
	readWhole(t, q, 3*keepCapacity)
	if cap(q.frames) > keepCapacity {
		t.Errorf("an empty queue holds %d bytes", cap(q.frames))
	}
}

func TestQueueIsCompactedUnderSteadyLoad(t *testing.T) {
	q := openQueue(t)
	chunk := make([]byte, maxChunk)
	for range 2000 { // never empty: one frame more than is read
		q.push(1, FrameStdout, 0, chunk)
		if q.head > 0 || len(q.frames) > headerSize+maxChunk {
			readWhole(t, q, headerSize+maxChunk)
		}
	}
	if cap(q.frames) > 8*keepCapacity {
		t.Errorf("%d bytes for one waiting frame", cap(q.frames))
	}
}

func TestQueueClose(t *testing.T) {
	running := make(chan struct{})
	ended := make(chan error, 1)
	s, client := execSession(t, func(ctx context.Context, _ core.Streams) (core.CommandResult, error) {
		close(running)
		<-ctx.Done()
		ended <- ctx.Err()
		return core.CommandResult{}, core.Errorf(core.KindCancelled, "cancelled")
	})
	op := s.submit(client, 5, "container.exec", `{"container":"c","command":"x"}`, nil)
	<-running
	if status := s.bridge.QueueClose(s.queue); status != OK {
		t.Fatalf("status %d", status)
	}
	if err := <-ended; err == nil {
		t.Error("the operation under way was not cancelled")
	}
	if status := s.bridge.QueueClose(s.queue); status != EHandle {
		t.Errorf("closing twice: status %d", status)
	}
	if _, _, status := s.bridge.QueueRead(s.queue, nil); status != EHandle {
		t.Errorf("reading after close: status %d", status)
	}
	if _, status := s.bridge.Submit(s.queue, 0, 1, "debug.echo", nil, nil); status != EHandle {
		t.Errorf("submitting after close: status %d", status)
	}
	waitGone(s.bridge, op)
}

// waitGone waits until an operation's handle has ended: no frame reports it any more.
func waitGone(b *Bridge, op uint64) {
	for b.OpGrant(op, 1) != EHandle {
		runtime.Gosched()
	}
}

func TestQueueClosedBetweenLookupAndUse(t *testing.T) {
	q := openQueue(t)
	q.close()
	q.push(1, FrameResult, FlagFinal, nil) // dropped
	if _, _, status := q.read(make([]byte, 100)); status != EClosed {
		t.Errorf("read: status %d", status)
	}
	if q.add(newOp(q, 1)) {
		t.Error("a closed queue took an operation")
	}
	q.close()
}

func TestQueueConcurrently(t *testing.T) {
	const writers, each = 8, 500
	s := newSession(t, nil)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, status := s.bridge.Submit(s.queue, 0, uint64(w*each+i), "debug.echo", []byte(`[1]`), nil); status != OK {
					t.Errorf("status %d", status)
				}
			}
		})
	}
	seen := map[uint64]bool{}
	for len(seen) < writers*each {
		frame := s.next()
		if seen[frame.Tag] || frame.Flags != FlagFinal || string(frame.Payload) != "[1]" {
			t.Fatalf("unexpected frame %+v", frame)
		}
		seen[frame.Tag] = true
	}
	wg.Wait()
	if n := s.bridge.ops.count.Load(); n != 0 {
		t.Errorf("%d operations left", n)
	}
}

// TestQueueBatchesOutputInBulk looks at a queue whose reader has read much at once.
func TestQueueBatchesOutputInBulk(t *testing.T) {
	s := newSession(t, nil)
	q, _ := s.bridge.queues.get(s.queue)
	bulk := func() {
		t.Helper()
		for range batchSize / maxChunk {
			q.push(1, FrameStdout, 0, make([]byte, maxChunk))
		}
		if !s.readable(0) {
			t.Fatal("not readable with a whole batch")
		}
		readWhole(t, q, 2*batchSize)
	}
	bulk()
	bulk()
	q.push(1, FrameStdout, 0, []byte("the rest"))
	if !s.readable(time.Minute) {
		t.Error("the rest of a batch was not told of")
	}
	readWhole(t, q, batchSize)
	bulk()
	q.push(1, FrameStdout, 0, []byte("the rest"))
	q.push(1, FrameResult, FlagFinal, []byte("{}"))
	if !s.readable(0) {
		t.Error("a result waited for a batch")
	}
}

func TestBatching(t *testing.T) {
	var b batching
	if b.waits(FrameStdout, 1) {
		t.Error("the first output waits")
	}
	b.begin(func() {})
	for _, test := range []struct {
		kind    FrameType
		waiting int
		want    bool
	}{
		{FrameStdout, 1, true}, {FrameStderr, batchSize - 1, true}, {FrameStdout, batchSize, false},
		{FrameResult, 1, false}, {FrameError, 1, false}, {FrameEvent, 1, false},
	} {
		if got := b.waits(test.kind, test.waiting); got != test.want {
			t.Errorf("type %d with %d bytes: %t", test.kind, test.waiting, got)
		}
	}
	b.woken = true
	if b.tick() {
		t.Error("due while batches come")
	}
	b.waits(FrameStdout, 1)
	if !b.tick() || !b.on {
		t.Error("not due though nobody was woken")
	}
	if !b.tick() || b.on || b.waits(FrameStdout, 1) {
		t.Error("goes on though nothing came")
	}
}
