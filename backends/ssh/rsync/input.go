package rsync

import (
	"bufio"
	"fmt"
	"io"
	"sync"

	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// input takes frames apart. Data is kept until it is read, up to maxWaiting: a receiver that
// waits until its data is taken does not take ours, and we would wait for that and not read.
type input struct {
	mu      sync.Mutex
	ready   *sync.Cond // data arrived, or some of it was read
	chunks  [][]byte   // what waits, the first one starting at at
	at      int
	waiting int
	err     error
	// message gets the other side's messages.
	message func(kind int, text []byte)
}

const (
	maxWaiting = bounded.Limit / 2
	// maxMessage is how much of a message is kept; rsync's own are shorter.
	maxMessage = 8 << 10
)

func newInput(message func(kind int, text []byte)) *input {
	in := &input{message: message}
	in.ready = sync.NewCond(&in.mu)
	return in
}

// start starts reading; message may be called from now on.
func (in *input) start(r io.Reader) *input {
	guard.Go(func() { in.end(in.run(bufio.NewReaderSize(r, frameSize))) }, func(p *guard.Panic) { in.end(p) })
	return in
}

func (in *input) end(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.err = err
	in.ready.Broadcast()
}

func (in *input) run(r *bufio.Reader) error {
	for {
		header, err := readInt(r)
		if err != nil {
			return err
		}
		kind, size := int(uint32(header)>>24)-frameBase, int(header)&(frameLimit-1)
		switch {
		case kind < 0:
			return fmt.Errorf("the host's rsync sent a frame of unknown kind (%#x): does its login shell print something?", uint32(header))
		case kind == frameData:
			err = in.data(r, size)
		default:
			err = in.said(r, kind, size)
		}
		if err != nil {
			return noEOF(err)
		}
	}
}

// data keeps a frame's content as it arrives.
func (in *input) data(r *bufio.Reader, size int) error {
	for size > 0 {
		if err := in.wait(); err != nil {
			return err
		}
		if _, err := r.Peek(1); err != nil {
			return err
		}
		piece, _ := r.Peek(min(size, r.Buffered()))
		in.put(piece)
		if _, err := r.Discard(len(piece)); err != nil {
			return err
		}
		size -= len(piece)
	}
	return nil
}

func (in *input) said(r *bufio.Reader, kind, size int) error {
	text := make([]byte, min(size, maxMessage))
	if _, err := io.ReadFull(r, text); err != nil {
		return err
	}
	if _, err := r.Discard(size - len(text)); err != nil {
		return err
	}
	if kind != frameNoop {
		in.message(kind, text)
	}
	return nil
}

// wait blocks while too much is kept.
func (in *input) wait() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.waiting >= maxWaiting && in.err == nil {
		in.ready.Wait()
	}
	return in.err
}

func (in *input) put(piece []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.waiting += len(piece)
	for len(piece) > 0 {
		last := len(in.chunks) - 1
		if last < 0 || len(in.chunks[last]) == cap(in.chunks[last]) {
			in.chunks = append(in.chunks, make([]byte, 0, frameSize))
			continue
		}
		room := min(len(piece), cap(in.chunks[last])-len(in.chunks[last]))
		in.chunks[last] = append(in.chunks[last], piece[:room]...)
		piece = piece[room:]
	}
	in.ready.Broadcast()
}

// empty reports whether a read would block.
func (in *input) empty() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.waiting == 0
}

func (in *input) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.waiting == 0 && in.err == nil {
		in.ready.Wait()
	}
	if in.waiting == 0 {
		return 0, in.err
	}
	n := copy(p, in.chunks[0][in.at:])
	in.at += n
	if in.at == len(in.chunks[0]) {
		in.next()
	}
	if in.waiting -= n; in.waiting < maxWaiting && in.waiting+n >= maxWaiting {
		in.ready.Broadcast()
	}
	return n, nil
}

// next moves on to the chunk after the one that was read. The last one is reused.
func (in *input) next() {
	in.at = 0
	if len(in.chunks) == 1 {
		in.chunks[0] = in.chunks[0][:0]
		return
	}
	in.chunks[0] = nil
	in.chunks = in.chunks[1:]
}

func (in *input) ReadByte() (byte, error) {
	var one [1]byte
	_, err := in.Read(one[:])
	return one[0], err
}
