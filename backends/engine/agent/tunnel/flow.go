package tunnel

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

// The multiplexer trusts the other end to keep to the windows that it was given: one that does
// not could fill this process's memory. windows is what checks that, between the two.

// The multiplexer's frames: version, command, length of the payload (u16), stream (u32), the
// payload; little-endian.
const (
	frameHead = 8

	frameOpen     = 0
	frameEnd      = 1
	frameData     = 2
	frameConsumed = 4 // has how much of the stream was read in all (u32), and the window (u32)
)

// maxRequests is how many streams of the other end may be without an answer.
const maxRequests = 1 << 10

var errWindow = errors.New("the other end of the stream sends more than it may")

type windows struct {
	guarded
	head []byte // of the frame that is being read, and not passed on yet
	left int    // of its payload

	mu       sync.Mutex
	streams  map[uint32]*flow
	requests int // streams of the other end without an answer
}

// flow is a stream's data from the other end.
type flow struct {
	sent, consumed    uint32 // in all, modulo 2^32
	request           bool   // the other end opened it, and has no answer yet
	endHere, endThere bool
}

func watched(over io.ReadWriteCloser) *windows {
	return &windows{guarded: guarded{over, bufio.NewReaderSize(over, readAhead)}, streams: map[uint32]*flow{}}
}

// Read passes frames on, without data of streams that have ended.
func (w *windows) Read(p []byte) (int, error) {
	for len(w.head) == 0 && w.left == 0 {
		if err := w.next(); err != nil {
			return 0, err
		}
	}
	if len(w.head) > 0 {
		n := copy(p, w.head)
		w.head = w.head[n:]
		return n, nil
	}
	n, err := w.guarded.Read(p[:min(len(p), w.left)])
	w.left -= n
	return n, err
}

func (w *windows) next() error {
	head := make([]byte, frameHead)
	if _, err := io.ReadFull(w.guarded, head); err != nil {
		return err
	}
	length := int(binary.LittleEndian.Uint16(head[2:]))
	wanted, err := w.arrives(head[1], binary.LittleEndian.Uint32(head[4:]), uint32(length))
	if err != nil {
		return err
	}
	if !wanted {
		_, err := io.CopyN(io.Discard, w.guarded, int64(length))
		return err
	}
	w.head, w.left = head, length
	return nil
}

// arrives notes a frame of the other end, and reports whether it is wanted.
func (w *windows) arrives(command byte, stream, length uint32) (wanted bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.streams[stream]
	switch {
	case command == frameOpen && f == nil:
		w.streams[stream] = &flow{request: true}
		if w.requests++; w.requests > maxRequests {
			return false, errWindow
		}
	case command == frameEnd && f != nil:
		f.endThere = true
		w.forget(stream, f)
	case command == frameData:
		// What was under way when one end gave up on the stream comes after its end.
		if f == nil || f.endThere {
			return false, nil
		}
		f.sent += length
		room := uint32(window)
		if f.request {
			room = headLength + maxText
		}
		if f.sent-f.consumed > room {
			return false, errWindow
		}
	}
	return true, nil
}

// Write notes a frame of this end, of which the multiplexer writes one at a time.
func (w *windows) Write(frame []byte) (int, error) {
	if len(frame) >= frameHead {
		w.leaves(frame[1], binary.LittleEndian.Uint32(frame[4:]), frame[frameHead:])
	}
	return w.guarded.Write(frame)
}

func (w *windows) leaves(command byte, stream uint32, payload []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.streams[stream]
	switch {
	case command == frameOpen:
		w.streams[stream] = &flow{}
	case f == nil:
	case command == frameConsumed && len(payload) >= 4:
		f.consumed = binary.LittleEndian.Uint32(payload)
	case command == frameData:
		w.answered(f)
	case command == frameEnd:
		w.answered(f)
		f.endHere = true
		w.forget(stream, f)
	}
}

func (w *windows) answered(f *flow) {
	if f.request {
		f.request = false
		w.requests--
	}
}

func (w *windows) forget(stream uint32, f *flow) {
	if f.endHere && f.endThere {
		delete(w.streams, stream)
	}
}
