package bridge

import (
	"io"
	"sync"
)

// input is an operation's stdin: parts that the caller wrote and nobody has read yet.
// The caller limits its size by the events that report what was consumed.
type input struct {
	mu       sync.Mutex
	changed  *sync.Cond
	parts    [][]byte
	eof      bool
	closed   bool
	consumed func(int)
}

func (in *input) init(consumed func(int)) {
	in.changed, in.consumed = sync.NewCond(&in.mu), consumed
}

// write appends a copy of p; an empty p is the end.
func (in *input) write(p []byte) Status {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.eof || in.closed {
		return EClosed
	}
	if len(p) == 0 {
		in.eof = true
	} else {
		in.parts = append(in.parts, append([]byte(nil), p...))
	}
	in.changed.Signal()
	return OK
}

// Read implements io.Reader. After close it fails with io.ErrClosedPipe.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.next(p)
	if n > 0 {
		in.consumed(n)
	}
	return n, err
}

func (in *input) next(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.parts) == 0 && !in.eof && !in.closed {
		in.changed.Wait()
	}
	if in.closed {
		return 0, io.ErrClosedPipe
	}
	if len(in.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, in.parts[0])
	if in.parts[0] = in.parts[0][n:]; len(in.parts[0]) == 0 {
		in.parts[0] = nil
		in.parts = in.parts[1:]
	}
	return n, nil
}

func (in *input) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed, in.parts = true, nil
	in.changed.Broadcast()
}
