package rsync

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// The kinds of frames.
const (
	frameData      = 0
	frameErrorXfer = 1
	frameInfo      = 2
	frameError     = 3
	frameWarning   = 4
	frameIOError   = 22
	frameNoop      = 42
	frameErrorExit = 86
	frameNoSend    = 102

	frameBase  = 7
	frameLimit = 1 << 24
	frameSize  = 32 << 10
)

// output sends frames from a goroutine of its own, so that reading files and sending
// them (with SSH's encryption) happen at the same time.
type output struct {
	frames chan []byte
	free   chan []byte
	now    []byte        // the current data frame, with room for its header
	quit   chan struct{} // closed by abort
	done   chan struct{}
	err    error // read it after done
	sent   int64
	once   sync.Once
	ending sync.Once
}

const headerSize = 4

func newOutput(w io.Writer) *output {
	const depth = 32
	o := &output{frames: make(chan []byte, depth), free: make(chan []byte, depth+2), quit: make(chan struct{}), done: make(chan struct{})}
	o.now = o.buffer()
	guard.Go(func() {
		defer close(o.done)
		for {
			select {
			case frame, more := <-o.frames:
				if !more {
					return
				}
				if _, o.err = w.Write(frame); o.err != nil {
					return
				}
				o.recycle(frame)
			case <-o.quit:
				return
			}
		}
	}, func(p *guard.Panic) { o.err = p })
	return o
}

func (o *output) recycle(frame []byte) {
	select {
	case o.free <- frame[:headerSize]:
	default:
	}
}

// abort stops sending; what was not sent is dropped.
func (o *output) abort() { o.ending.Do(func() { close(o.quit) }) }

func (o *output) buffer() []byte {
	select {
	case b := <-o.free:
		return b
	default:
		return make([]byte, headerSize, headerSize+frameSize)
	}
}

// Write collects data for a frame.
func (o *output) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		room := cap(o.now) - len(o.now)
		if room == 0 {
			if err := o.flush(); err != nil {
				return 0, err
			}
			continue
		}
		take := min(room, len(p))
		o.now = append(o.now, p[:take]...)
		p = p[take:]
	}
	return n, nil
}

// flush sends what was collected.
func (o *output) flush() error {
	if len(o.now) == headerSize {
		return nil
	}
	err := o.send(o.now, frameData)
	o.now = o.buffer()
	return err
}

// message sends a frame of another kind, after the data before it.
func (o *output) message(kind int, payload []byte) error {
	if err := o.flush(); err != nil {
		return err
	}
	return o.send(append(make([]byte, headerSize), payload...), kind)
}

func (o *output) send(frame []byte, kind int) error {
	size := len(frame) - headerSize
	binary.LittleEndian.PutUint32(frame, uint32(frameBase+kind)<<24|uint32(size))
	o.sent += int64(size)
	select {
	case o.frames <- frame:
		return nil
	case <-o.done:
		if o.err != nil {
			return o.err
		}
		return io.ErrClosedPipe
	}
}

// close waits until everything is sent.
func (o *output) close() error {
	o.once.Do(func() { close(o.frames) })
	<-o.done
	return o.err
}
