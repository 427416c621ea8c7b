package guard

import (
	"context"
	"io"
	"runtime/debug"
	"sync"
	"time"
)

// AfterFunc is time.AfterFunc: fn runs in a goroutine of its own after d. A panic in it
// ends there, so it must hold nothing that others wait for.
func AfterFunc(d time.Duration, fn func()) *time.Timer {
	return time.AfterFunc(d, func() { Call(fn) })
}

// OnDone is context.AfterFunc: fn runs in a goroutine of its own when ctx is done. A panic
// in it ends there, so it must hold nothing that others wait for.
func OnDone(ctx context.Context, fn func()) (stop func() bool) {
	return context.AfterFunc(ctx, func() { Call(fn) })
}

// Recover makes a panic the error of the function that defers it. Functions that libraries
// call in goroutines of their own (dialers, callbacks, readers) begin with
//
//	defer guard.Recover(&err)
func Recover(err *error) {
	if v := recover(); v != nil {
		*err = &Panic{Value: v, Stack: debug.Stack()}
	}
}

// Group runs functions at once, as errgroup does. Its zero value is ready.
type Group struct {
	wait  sync.WaitGroup
	once  sync.Once
	first error
}

// Run runs fn in a new goroutine; its panic is its error.
func (g *Group) Run(fn func() error) {
	g.wait.Add(1)
	Go(func() {
		defer g.wait.Done()
		if err := recovered(fn); err != nil {
			g.once.Do(func() { g.first = err })
		}
	}, nil)
}

func recovered(fn func() error) (err error) {
	defer Recover(&err)
	return fn()
}

// Wait waits for all functions and returns the first error.
func (g *Group) Wait() error {
	g.wait.Wait()
	return g.first
}

// Reader returns r for libraries that read it in goroutines of their own.
func Reader(r io.Reader) io.Reader {
	if w, can := r.(io.WriterTo); can {
		return &writerTo{reader{r}, w}
	}
	return reader{r}
}

type reader struct{ from io.Reader }

func (r reader) Read(p []byte) (n int, err error) {
	defer Recover(&err)
	return r.from.Read(p)
}

type writerTo struct {
	reader
	inner io.WriterTo
}

func (w *writerTo) WriteTo(to io.Writer) (n int64, err error) {
	defer Recover(&err)
	return w.inner.WriteTo(to)
}
