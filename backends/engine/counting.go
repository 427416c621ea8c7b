package engine

import (
	"io"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/core"
)

// counter passes on what is written and counts what arrived: the position in an
// output from which a lost stream goes on.
type counter struct {
	to   io.Writer
	done atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	if c.to == nil {
		c.done.Add(int64(len(p)))
		return len(p), nil
	}
	n, err := c.to.Write(p)
	c.done.Add(int64(n))
	return n, err
}

// skipping drops the first bytes of what is written: those that a reader has.
type skipping struct {
	to   io.Writer
	left int64
}

func (s *skipping) Write(p []byte) (int, error) {
	drop := min(s.left, int64(len(p)))
	s.left -= drop
	if drop == int64(len(p)) {
		return len(p), nil
	}
	n, err := s.to.Write(p[drop:])
	return int(drop) + n, err
}

// tracked tells whether an input was read to its end: the container sees the end of
// its input when the line is lost, and nothing can be added after that.
type tracked struct {
	from io.Reader
	end  atomic.Bool
}

func trackInput(from io.Reader) *tracked { return &tracked{from: from} }

// reader is nil where there is no input.
func (t *tracked) reader() io.Reader {
	if t.from == nil {
		return nil
	}
	return t
}

func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if err == io.EOF {
		t.end.Store(true)
	}
	return n, err
}

// cut is the error of a lost line where the input was not at its end.
func (t *tracked) cut(cause error) error {
	if t.from == nil || t.end.Load() {
		return nil
	}
	return core.Errorf(core.KindConnectionLost, "the line to the engine was lost while the container still took input, which it cannot take further: %w", cause)
}
