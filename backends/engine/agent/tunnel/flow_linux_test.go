package tunnel

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

func frame(command byte, stream uint32, payload []byte) []byte {
	head := make([]byte, frameHead, frameHead+len(payload))
	head[0], head[1] = 2, command
	binary.LittleEndian.PutUint16(head[2:], uint16(len(payload)))
	binary.LittleEndian.PutUint32(head[4:], stream)
	return append(head, payload...)
}

// TestTheOtherEndKeepsToItsWindows: an end that sends more than it may is left, before what it
// sent takes much memory.
func TestTheOtherEndKeepsToItsWindows(t *testing.T) {
	piece := make([]byte, maxFrame)
	for name, flood := range map[string]func(to io.Writer, i uint32) error{
		"data of a stream that was asked for": func(to io.Writer, _ uint32) error {
			_, err := to.Write(frame(frameData, 3, piece))
			return err
		},
		"data of its own stream": func(to io.Writer, i uint32) error {
			if i == 0 {
				_, _ = to.Write(frame(frameOpen, 2, nil))
			}
			_, err := to.Write(frame(frameData, 2, piece))
			return err
		},
		"new streams": func(to io.Writer, i uint32) error {
			_, err := to.Write(frame(frameOpen, 2*i+2, nil))
			return err
		},
		"new streams with data": func(to io.Writer, i uint32) error {
			_, err := to.Write(append(frame(frameOpen, 2*i+2, nil), frame(frameData, 2*i+2, piece[:headLength+maxText+1])...))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := net.Pipe()
			s := New(here, true, func(*Arrival) {})
			defer s.Close()
			guard.Go(func() { _ = s.Ready(context.Background()) }, nil) // stream 3
			if _, err := io.ReadFull(there, make([]byte, 2*frameHead+headLength)); err != nil {
				t.Fatal(err)
			}
			guard.Go(func() { _, _ = io.Copy(io.Discard, there) }, nil)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for i := uint32(0); flood(there, i) == nil; i++ {
				if i == 1<<12 { // as data, 256 MiB
					t.Fatal("it may go on")
				}
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
				t.Errorf("%d bytes were taken", took)
			}
		})
	}
}

// TestDataAfterAnEnd is what an end has under way when the other one gives up.
func TestDataAfterAnEnd(t *testing.T) {
	here, there := net.Pipe()
	w := watched(here)
	guard.Go(func() { _, _ = io.Copy(io.Discard, there) }, nil)
	for _, f := range [][]byte{frame(frameOpen, 3, nil), frame(frameEnd, 3, nil)} {
		if _, err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	sent := frame(frameData, 3, []byte("late"))
	last := frame(frameData, 5, []byte("of nobody"))
	guard.Go(func() {
		for _, f := range [][]byte{sent, frame(frameEnd, 3, nil), sent, last, frame(3, 0, nil)} {
			_, _ = there.Write(f)
		}
		_ = there.Close()
	}, nil)
	got, err := io.ReadAll(w)
	if want := string(sent) + string(frame(frameEnd, 3, nil)) + string(frame(3, 0, nil)); err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	if len(w.streams) > 0 || w.requests > 0 {
		t.Errorf("%d streams are remembered, %d requests", len(w.streams), w.requests)
	}
}

// FuzzSession: whatever the other end sends, the session and all that it began come to their end
// with the stream.
func FuzzSession(f *testing.F) {
	ready := append(frame(frameData, 3, []byte{byte(Done), 0, 0}), frame(frameEnd, 3, nil)...)
	f.Add(ready)
	f.Add(append(append(frame(frameOpen, 2, nil), frame(frameData, 2, []byte{askAbort, 0, 1, '3'})...), ready...))
	f.Add(append(frame(frameConsumed, 3, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}), frame(frameData, 3, []byte{byte(Refused), 4, 0})...))
	f.Add(frame(9, 3, make([]byte, 300)))
	f.Fuzz(func(t *testing.T, sent []byte) {
		here, there := net.Pipe()
		var taken atomic.Int64
		s := New(here, true, func(*Arrival) { taken.Add(1) })
		guard.Go(func() { _, _ = io.Copy(io.Discard, there) }, nil)
		_ = there.SetWriteDeadline(time.Now().Add(patience))
		asked := make(chan error, 1)
		guard.Go(func() { asked <- s.Ready(context.Background()) }, nil)
		_, _ = there.Write(sent)
		_ = there.Close()
		err := <-asked
		<-s.Done()
		s.Close() // returns when all that the session began has ended
		if taken.Load() > int64(len(sent)/frameHead) || err == nil && len(sent) < frameHead+headLength {
			t.Errorf("%d requests and an answer (%v) in %d bytes", taken.Load(), err, len(sent))
		}
	})
}
