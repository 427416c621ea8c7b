package archive

import (
	"errors"
	"io"
	"sync"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Pieces are large enough that the two ends seldom wait for each other, and small enough
// for a processor's cache.
const (
	pieceSize   = 64 << 10
	pipePieces  = 4 // filled but not yet read
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

// filled is a piece with bytes, and content that the reader fetches after them.
type filled struct {
	piece   *[pieceSize]byte
	count   int
	content *content
}

// content is fetched by the reading end itself: for large content, a second goroutine
// would cost more than its reading ahead saves.
type content struct {
	fetch func(room []byte) (int, error) // io.EOF after the last byte
	done  chan error

	mu   sync.Mutex
	left bool // set by the writer: nothing is fetched any more
}

// next never panics: the goroutine is the reader's.
func (c *content) next(room []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return 0, errPipeClosed
	}
	if p := guard.Call(func() { n, err = c.fetch(room) }); p != nil {
		err = core.Errorf(core.KindInternalError, "cannot read what is archived: %w", p)
	}
	return n, err
}

// leave waits for a fetch that is under way.
func (c *content) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = true
}

func newPipe() *pipe {
	return &pipe{full: make(chan filled, pipePieces), gone: make(chan struct{})}
}

// space returns where the writer may put the next bytes; it is never empty. The writer
// then calls put with how many it used.
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
	case p.full <- filled{piece: p.into, count: p.count}:
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

// pass lets the reader fetch what comes next, and waits until it has. The writer handles
// an error of fetch.
func (p *pipe) pass(fetch func(room []byte) (int, error)) error {
	if err := p.flush(); err != nil {
		return err
	}
	c := &content{fetch: fetch, done: make(chan error, 1)}
	select {
	case p.full <- filled{content: c}:
	case <-p.gone:
		return errPipeClosed
	}
	select {
	case err := <-c.done:
		return err
	case <-p.gone:
		c.leave()
		return errPipeClosed
	}
}

// finish ends the writing side. The reader gets err, or io.EOF if that is nil.
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
		if p.from.content != nil {
			p.fetch()
			continue
		}
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

// fetch reads the next piece of the content.
func (p *pipe) fetch() {
	if p.from.piece == nil {
		p.from.piece = pieces.Get().(*[pieceSize]byte)
	}
	n, err := p.from.content.next(p.from.piece[:])
	p.read, p.from.count = 0, n
	if err == nil {
		return
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	p.from.content.done <- err
	p.from.content = nil
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
