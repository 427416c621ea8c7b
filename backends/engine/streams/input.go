package streams

import (
	"io"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/core"
)

// Input knows whether an input was read to its end: the container sees the end of
// its input when the connection is lost, and nothing can be added after that.
type Input struct {
	from io.Reader
	end  atomic.Bool
}

// TrackInput returns an Input that reads from from; nil means no input.
func TrackInput(from io.Reader) *Input { return &Input{from: from} }

// Reader returns the input; nil if there is none.
func (t *Input) Reader() io.Reader {
	if t.from == nil {
		return nil
	}
	return t
}

// Read implements io.Reader.
func (t *Input) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if err == io.EOF {
		t.end.Store(true)
	}
	return n, err
}

// Cut returns the error of a lost connection if the input was not at its end, else nil.
func (t *Input) Cut(cause error) error {
	if t.from == nil || t.end.Load() {
		return nil
	}
	return core.Errorf(core.KindConnectionLost, "the connection to the engine was lost while the container still read input, and the rest cannot be sent: %w", cause)
}
