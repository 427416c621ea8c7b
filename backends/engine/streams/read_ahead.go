package streams

import "io"

// readAhead reads as much as is available into a buffer that grows with the traffic, so
// that hundreds of quiet streams need little memory and a busy one needs few reads.
type readAhead struct {
	from     io.Reader
	buf      []byte
	start, n int // what is not used yet: buf[start:n]
	err      error
}

const quietBuffer = 4 << 10 // a busy stream's is BufferSize

// atLeast waits for count bytes, at most quietBuffer, and returns all that are available.
// With an error it returns what came before it.
func (r *readAhead) atLeast(count int) ([]byte, error) {
	for r.n-r.start < count && r.err == nil {
		r.fill()
	}
	if r.n-r.start < count {
		return r.buf[r.start:r.n], r.err
	}
	return r.buf[r.start:r.n], nil
}

// used drops the first count bytes.
func (r *readAhead) used(count int) { r.start += count }

func (r *readAhead) fill() {
	left := copy(r.buf, r.buf[r.start:r.n])
	if r.n == len(r.buf) && len(r.buf) < BufferSize { // the last read found more than it could take
		bigger := make([]byte, max(quietBuffer, 4*len(r.buf)))
		copy(bigger, r.buf[:left])
		r.buf = bigger
	}
	r.start, r.n = 0, left
	var n int
	n, r.err = r.from.Read(r.buf[left:])
	r.n += n
}
