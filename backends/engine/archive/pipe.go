package archive

import (
	"errors"
	"io"
	"sync"
)

// Pieces are large so that the two ends seldom wait for each other.
const (
	pieceSize   = 256 << 10
	pipePieces  = 4 // filled and not yet read
	blockLength = 512
)

var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// errPipeClosed tells the writing end that nobody reads any more.
var errPipeClosed = errors.New("the archive's reader is gone")

// pipe carries bytes from one goroutine to another through a few large buffers.
// io.Pipe would hand over every single write.
type pipe struct {
	full chan filled
	gone chan struct{} // closed by the reader
	once sync.Once
	err  error // why the writer ended; set before full is closed

	into  *[pieceSize]byte // the writer's
	count int

	from filled // the reader's
	read int
}

type filled struct {
	piece *[pieceSize]byte
	count int
}

func newPipe() *pipe {
	return &pipe{full: make(chan filled, pipePieces), gone: make(chan struct{})}
}

// space is where the writer may put the next bytes; it is never empty. It says with
// put how many it used.
func (p *pipe) space() ([]byte, error) {
	if p.into != nil && p.count == pieceSize {
		if err := p.flush(); err != nil {
			return nil, err
		}
	}
	if p.into == nil {
		p.into, p.count = pieces.Get().(*[pieceSize]byte), 0
	}
	return p.into[p.count:], nil
}

func (p *pipe) put(n int) { p.count += n }

func (p *pipe) flush() error {
	if p.into == nil || p.count == 0 {
		return nil
	}
	select {
	case p.full <- filled{p.into, p.count}:
		p.into = nil
		return nil
	case <-p.gone:
		return errPipeClosed
	}
}

func (p *pipe) Write(b []byte) (int, error) {
	written := 0
	for len(b) > 0 {
		room, err := p.space()
		if err != nil {
			return written, err
		}
		n := copy(room, b)
		p.put(n)
		written, b = written+n, b[n:]
	}
	return written, nil
}

// zeros writes n zero bytes.
func (p *pipe) zeros(n int64) error {
	for n > 0 {
		room, err := p.space()
		if err != nil {
			return err
		}
		room = room[:min(int64(len(room)), n)]
		clear(room)
		p.put(len(room))
		n -= int64(len(room))
	}
	return nil
}

// finish ends the writing side. The reader gets err, or io.EOF where it is nil.
func (p *pipe) finish(err error) {
	if err == nil {
		err = p.flush()
	}
	if p.into != nil {
		pieces.Put(p.into)
		p.into = nil
	}
	p.err = err
	close(p.full)
}

func (p *pipe) Read(b []byte) (int, error) {
	if err := p.next(); err != nil {
		return 0, err
	}
	n := copy(b, p.from.piece[p.read:p.from.count])
	p.read += n
	return n, nil
}

// WriteTo implements io.WriterTo.
func (p *pipe) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		if err := p.next(); err == io.EOF {
			return total, nil
		} else if err != nil {
			return total, err
		}
		n, err := w.Write(p.from.piece[p.read:p.from.count])
		p.read += n
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// next waits until there is something to read.
func (p *pipe) next() error {
	for p.read == p.from.count {
		if p.from.piece != nil {
			pieces.Put(p.from.piece)
		}
		p.from, p.read = filled{}, 0
		select {
		case next, more := <-p.full:
			if !more && p.err != nil {
				return p.err
			}
			if !more {
				return io.EOF
			}
			p.from = next
		case <-p.gone:
			return errPipeClosed
		}
	}
	return nil
}

// close ends the reading side; the writer's next flush fails.
func (p *pipe) close() { p.once.Do(func() { close(p.gone) }) }

func (p *pipe) isOpen() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}
