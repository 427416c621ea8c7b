package protocol

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"
)

// Types of frames. The client sends the first two and the last, the agent the others.
const (
	frameRequest = iota + 1 // an operation with its arguments
	frameBye                // the client is done: incomplete files may be removed
	frameHello              // the agent is ready
	frameItem               // a part of a long result
	frameReply              // the result; nothing follows for the call
	frameFailure            // the error; nothing follows for the call
	frameBeat               // the client is still there
)

const (
	headLength = 9
	// contentSize bounds the content of a file in one frame.
	contentSize = 256 << 10
	// itemSize is about how large the parts of a long result are.
	itemSize = 64 << 10
	// maxFrame bounds a payload: content and two paths.
	maxFrame = contentSize + 64<<10
	// readAhead is the buffer of each end's input.
	readAhead = 128 << 10
)

// pulse is how often a client says that it is there.
const pulse = 15 * time.Second

var errFrame = errors.New("the stream between client and agent is broken")

type frame struct {
	kind    byte
	call    uint32
	payload []byte
}

// readFrame reads into a new buffer, which the receiver may keep.
func readFrame(r io.Reader) (frame, error) {
	var head [headLength]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > maxFrame {
		return frame{}, errFrame
	}
	f := frame{kind: head[4], call: binary.BigEndian.Uint32(head[5:])}
	if length == 0 {
		return f, nil
	}
	f.payload = buffer(int(length))
	if _, err := io.ReadFull(r, f.payload); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	return f, nil
}

// frameWriter sends whole frames from any number of goroutines.
type frameWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// send sends a payload that has room for the head in front of it; see newFields.
func (f *frameWriter) send(kind byte, call uint32, payload fields) error {
	if payload == nil {
		payload = newFields(0)
	}
	if len(payload)-headLength > maxFrame {
		return errFrame
	}
	binary.BigEndian.PutUint32(payload, uint32(len(payload)-headLength))
	payload[4] = kind
	binary.BigEndian.PutUint32(payload[5:], call)
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.w.Write(payload)
	return err
}

// buffers are for frames with content: those are many and large.
var buffers = sync.Pool{New: func() any { return new([headLength + maxFrame]byte) }}

const pooled = 16 << 10 // smaller ones are made again

func buffer(n int) []byte {
	if n < pooled {
		return make([]byte, n)
	}
	return buffers.Get().(*[headLength + maxFrame]byte)[:n]
}

// recycle takes back what buffer gave; nobody may use it any more.
func recycle(b []byte) {
	if cap(b) == headLength+maxFrame {
		buffers.Put((*[headLength + maxFrame]byte)(b[:cap(b)]))
	}
}
