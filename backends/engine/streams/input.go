package streams

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/core"
)

// Input knows whether an input was read to its end: the container sees the end of
// its input when the connection is lost, and nothing can be added after that.
type Input struct {
	from io.Reader
	end  atomic.Bool
	once sync.Once
	used chan struct{}
}

// TrackInput returns an Input that reads from from; nil means no input.
func TrackInput(from io.Reader) *Input { return &Input{from: from, used: make(chan struct{})} }

// Used is closed once anything was read.
func (t *Input) Used() <-chan struct{} { return t.used }

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
	if n > 0 {
		t.once.Do(func() { close(t.used) })
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

// Unending returns an input whose end comes only with that of ctx; nil if there is none.
func Unending(ctx context.Context, from io.Reader) io.Reader {
	if from == nil {
		return nil
	}
	return &unending{ctx, from}
}

type unending struct {
	ctx  context.Context
	from io.Reader
}

func (u *unending) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	if n == 0 && err == io.EOF {
		<-u.ctx.Done()
	}
	return n, err
}
