package archive

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TreeOptions say how a tree is archived.
type TreeOptions struct {
	// Name is the tree's top in the archive; "." makes its content the top.
	Name string
	// Progress, if set, is often called with what was archived so far.
	Progress func(Totals)
}

// Tree is a local file or folder as a tar stream. It reads nothing before the first
// Read. Close may be called at any time, Wait after it.
type Tree struct {
	source string
	opts   TreeOptions
	pipe   *pipe
	totals struct{ bytes, files atomic.Int64 }

	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex
	began  bool
	closed bool
	done   chan struct{}
	err    error // set before done is closed
}

// NewTree archives what is at source, a clean absolute path. A symbolic link at
// source is archived as a link.
func NewTree(ctx context.Context, source string, opts TreeOptions) *Tree {
	t := &Tree{source: source, opts: opts, pipe: newPipe(), done: make(chan struct{})}
	t.ctx, t.cancel = context.WithCancel(ctx)
	return t
}

// Read implements io.Reader.
func (t *Tree) Read(b []byte) (int, error) {
	t.begin()
	return t.pipe.Read(b)
}

// WriteTo implements io.WriterTo: an HTTP request then sends pieces instead of copying
// them into a buffer of its own.
func (t *Tree) WriteTo(w io.Writer) (int64, error) {
	t.begin()
	return t.pipe.WriteTo(w)
}

func (t *Tree) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.began && !t.closed {
		t.began = true
		guard.Go(t.make, nil)
	}
}

// Close stops the archiving; it does not wait for it.
func (t *Tree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pipe.close()
	t.cancel()
	if !t.began && !t.closed {
		close(t.done)
	}
	t.closed = true
	return nil
}

// Wait waits until nothing of the tree is read any more, and returns what was archived.
// The error is the tree's own: the end of the reader or of the context is no error.
func (t *Tree) Wait() (Totals, error) {
	<-t.done
	return t.sum(), t.err
}

func (t *Tree) sum() Totals {
	return Totals{Bytes: t.totals.bytes.Load(), Files: t.totals.files.Load()}
}

func (t *Tree) count(bytes, files int64) {
	t.totals.bytes.Add(bytes)
	t.totals.files.Add(files)
	if t.opts.Progress != nil {
		t.opts.Progress(t.sum())
	}
}

func (t *Tree) make() {
	defer close(t.done)
	var err error
	if p := guard.Call(func() { err = t.write() }); p != nil {
		err = core.Errorf(core.KindInternalError, "cannot archive %s: %w", t.source, p)
	}
	t.cancel()
	if core.KindOf(err) != "" && t.pipe.isOpen() {
		t.err = err
	}
	t.pipe.finish(err)
}
