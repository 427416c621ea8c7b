package streams

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Input knows what became of an input: engines do not acknowledge what a container reads. When
// the connection is lost the container sees the end of its input, after whatever had arrived,
// and nothing can be added to that.
type Input struct {
	from    io.Reader
	atEnd   bool // from has ended, and what came with its end is being written
	taken   atomic.Int64
	arrived atomic.Bool
	use     sync.Once
	used    chan struct{}
	end     sync.Once
	ended   chan struct{}
}

// TrackInput returns an Input that reads from from; nil means no input.
func TrackInput(from io.Reader) *Input {
	return &Input{from: from, used: make(chan struct{}), ended: make(chan struct{})}
}

// Used is closed once anything was read.
func (t *Input) Used() <-chan struct{} { return t.used }

// Reader returns the input; nil if there is none.
func (t *Input) Reader() io.Reader {
	if t.from == nil {
		return nil
	}
	return t
}

// Read implements io.Reader. Whoever copies the input has written all of it once this is io.EOF.
func (t *Input) Read(p []byte) (int, error) {
	if t.atEnd {
		t.end.Do(func() { close(t.ended) })
		return 0, io.EOF
	}
	n, err := t.from.Read(p)
	t.atEnd = err == io.EOF
	if n == 0 {
		if t.atEnd {
			t.end.Do(func() { close(t.ended) })
		}
		return 0, err
	}
	t.taken.Add(int64(n))
	t.use.Do(func() { close(t.used) })
	if t.atEnd {
		err = nil
	}
	return n, err
}

// settling is how long an input's end is left alone before anybody asks whether it has arrived:
// most runs have ended by then, and need no answer.
const settling = 100 * time.Millisecond

// Confirm asks, after the input's end, whether all of it has arrived. Until arrival has returned
// nil, a lost connection may have taken the last bytes with it.
func (t *Input) Confirm(ctx context.Context, arrival func(ctx context.Context) error) {
	if t.from == nil {
		return
	}
	guard.Go(func() {
		select {
		case <-t.ended:
		case <-ctx.Done():
			return
		}
		if session.Sleep(ctx, settling) == nil && arrival(ctx) == nil {
			t.arrived.Store(true)
		}
	}, nil)
}

// Cut returns the error of a lost connection if the container may have seen the end of its input
// before all of it, else nil.
func (t *Input) Cut(cause error) error {
	switch {
	case t.from == nil || t.arrived.Load():
		return nil
	case !t.hasEnded():
		return t.lost("the connection to the engine was lost while the container still read input, and the rest cannot be sent: %w; of the %d bytes so far, it is not known whether the last ones have arrived", cause)
	case t.taken.Load() == 0:
		return nil
	}
	return t.lost("the connection to the engine was lost (%w) just after the end of the input: of its %d bytes, it is not known whether the last ones have arrived", cause)
}

func (t *Input) lost(format string, cause error) error {
	taken := t.taken.Load()
	return core.Errorf(core.KindConnectionLost, format, cause, taken).With("reason", "input_lost").With("input_bytes", taken)
}

func (t *Input) hasEnded() bool {
	select {
	case <-t.ended:
		return true
	default:
		return false
	}
}

// pipeSize is what an engine can always pass on, be it read or not: a pipe holds as much.
const pipeSize = 64 << 10

// Doubt returns what to warn of once the connection was lost after all input had arrived, "" if
// it is whole: what does not fit into the container's pipe waits on the way until it is read.
func (t *Input) Doubt() string {
	if t.taken.Load() <= pipeSize {
		return ""
	}
	return "the connection to the engine was lost after the end of the input was sent: if the container had not read all of it by then, " +
		"it has seen the end too early; let the command check what it reads"
}

// Unending returns an input that has no end, and fails with ctx; nil if there is none.
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
		return 0, u.ctx.Err() // an end would be passed on, and end what reads from the terminal
	}
	return n, err
}
