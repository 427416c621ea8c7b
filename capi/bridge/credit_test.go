package bridge

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// writing is an exec that writes size bytes and reports how the write ended.
func writing(size int, ended chan<- error) func(context.Context, core.Streams) (core.CommandResult, error) {
	return func(_ context.Context, s core.Streams) (core.CommandResult, error) {
		n, err := s.Stdout.Write(bytes.Repeat([]byte("x"), size))
		if err == nil && n != size {
			err = errors.New("short write")
		}
		ended <- err
		return core.CommandResult{}, err
	}
}

// output reads STDOUT frames until count bytes came or the operation ended.
func (s *session) output(count int) (got int, final bool) {
	s.t.Helper()
	for got < count {
		frame := s.next()
		if frame.Flags == FlagFinal {
			return got, true
		}
		if frame.Type != FrameStdout || len(frame.Payload) == 0 || len(frame.Payload) > maxChunk {
			s.t.Fatalf("frame of type %d with %d bytes", frame.Type, len(frame.Payload))
		}
		got += len(frame.Payload)
	}
	return got, false
}

const execRequest = `{"container":"c","command":["x"]}`

func TestCreditStopsAndGrantContinues(t *testing.T) {
	ended := make(chan error, 1)
	const more = 100_001
	s, client := execSession(t, writing(initialCredit+more, ended))
	op := s.submit(client, 1, "container.exec", execRequest, nil)
	if got, _ := s.output(initialCredit); got != initialCredit {
		t.Fatalf("%d bytes came", got)
	}
	if s.readable(50 * time.Millisecond) {
		t.Fatal("more came than there was credit for")
	}
	for _, part := range []int{1, more - 1} {
		if status := s.bridge.OpGrant(op, uint64(part)); status != OK {
			t.Fatalf("status %d", status)
		}
		if got, _ := s.output(part); got != part {
			t.Fatalf("%d bytes came for a grant of %d", got, part)
		}
	}
	if frame := s.next(); frame.Type != FrameResult || frame.Flags != FlagFinal {
		t.Fatalf("%+v", frame)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCancelEndsAWriteWithoutCredit(t *testing.T) {
	ended := make(chan error, 1)
	s, client := execSession(t, writing(2*initialCredit, ended))
	op := s.submit(client, 1, "container.exec", execRequest, nil)
	s.output(initialCredit)
	if status := s.bridge.OpCancel(op); status != OK {
		t.Fatalf("status %d", status)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the write ended with %v", err)
	}
	if frame := s.next(); frame.Flags != FlagFinal || frame.Type != FrameError {
		t.Errorf("%+v", frame)
	}
}

func TestCloseOfTheQueueEndsAWriteWithoutCredit(t *testing.T) {
	ended := make(chan error, 1)
	s, client := execSession(t, writing(2*initialCredit, ended))
	s.submit(client, 1, "container.exec", execRequest, nil)
	s.output(initialCredit)
	s.bridge.QueueClose(s.queue)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the write ended with %v", err)
	}
}

func TestGrantSaturates(t *testing.T) {
	var c credit
	c.init(context.Background())
	c.grant(math.MaxUint64)
	c.grant(math.MaxUint64)
	if c.left != math.MaxUint64-leftBehind {
		t.Fatalf("%d left", c.left)
	}
	if n, err := c.take(math.MaxInt); n != math.MaxInt || err != nil {
		t.Fatalf("took %d, %v", n, err)
	}
}

// A signal lets through what a process can have left, once, however many there are.
func TestOutputIsLetThroughWithoutCredit(t *testing.T) {
	ended := make(chan error, 1)
	const more = 100_001
	var streams core.Streams
	s, client := execSession(t, func(ctx context.Context, given core.Streams) (core.CommandResult, error) {
		streams = given
		given.LetThrough(false)
		return writing(initialCredit+leftBehind+more, ended)(ctx, given)
	})
	op := s.submit(client, 1, "container.exec", execRequest, nil)
	if got, _ := s.output(initialCredit + leftBehind); got != initialCredit+leftBehind {
		t.Fatalf("%d bytes came", got)
	}
	streams.LetThrough(false)
	// What the reader grants now pays for what has arrived.
	if status := s.bridge.OpGrant(op, 1); status != OK {
		t.Fatalf("status %d", status)
	}
	if got, _ := s.output(1); got != 1 {
		t.Fatalf("%d bytes came for a grant of 1", got)
	}
	if s.readable(50 * time.Millisecond) {
		t.Fatal("more came than was let through")
	}
	streams.LetThrough(true)
	if frame := s.next(); frame.Type != FrameResult || frame.Flags != FlagFinal {
		t.Fatalf("%+v", frame)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
