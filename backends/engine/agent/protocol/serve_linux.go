package protocol

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// agent answers the calls of one client.
type agent struct {
	ctx   context.Context
	tree  hostfiles.Tree
	out   frameWriter
	work  sync.WaitGroup
	alive func(heard *hearing) // the client says that it is there

	mu      sync.Mutex
	over    bool // takes no more requests
	last    int64
	readers map[int64]hostfiles.Reader
	writers map[int64]hostfiles.Writer
	// incomplete are temporary files that have not got their names yet.
	incomplete map[string]struct{}
}

// Serve answers the requests from in, for the tree below dir, until in ends. Then it removes
// incomplete files: at once if the client said that it is done, otherwise after grace, so
// that a client that lost the connection can continue them with another agent, which ends
// this one first. The end of parent counts as the client being done, and so does a client that
// says nothing any more for as long.
func Serve(parent context.Context, dir string, grace time.Duration, in io.Reader, out io.Writer) error {
	tree, err := localfs.FS{}.Tree(context.Background(), dir)
	if err != nil {
		return err
	}
	defer tree.Close()
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	defer cancel()
	a := &agent{
		ctx: ctx, tree: tree, out: frameWriter{w: out},
		readers: map[int64]hostfiles.Reader{}, writers: map[int64]hostfiles.Writer{}, incomplete: map[string]struct{}{},
	}
	if err := a.out.send(frameHello, 0, nil); err != nil {
		return err
	}
	over, gone := context.WithCancelCause(parent)
	defer gone(nil)
	a.alive = func(heard *hearing) { heard.begin(over, max(silence, grace), gone) }
	bye, err := a.receiveUntil(over, in)
	if context.Cause(over) == errSilent {
		cancel()
	}
	a.awaitWork()
	a.closeAll()
	if len(a.incomplete) > 0 && !bye {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-parent.Done():
		}
	}
	a.removeIncomplete()
	return err
}

// takes reports whether the agent takes another request, and counts it.
func (a *agent) takes() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.over {
		a.work.Add(1)
	}
	return !a.over
}

// awaitWork takes no more requests, and waits until nothing is under way. Where nobody takes the answers any more, that may be never.
func (a *agent) awaitWork() {
	a.mu.Lock()
	a.over = true
	a.mu.Unlock()
	done := make(chan struct{})
	guard.Go(func() {
		a.work.Wait()
		close(done)
	}, nil)
	select {
	case <-done:
		return
	case <-a.ctx.Done():
	}
	select {
	case <-done:
	case <-time.After(unheard):
	}
}

// receiveUntil takes requests until the client is done or gone, or ctx ends.
func (a *agent) receiveUntil(ctx context.Context, in io.Reader) (bye bool, err error) {
	type end struct {
		bye bool
		err error
	}
	received := make(chan end, 1)
	guard.Go(func() {
		heard := &hearing{in: in}
		bye, err := a.receive(bufio.NewReaderSize(heard, readAhead), heard)
		received <- end{bye, err}
	}, func(p *guard.Panic) { received <- end{err: p} })
	select {
	case end := <-received:
		return end.bye, end.err
	case <-ctx.Done():
		return true, nil
	}
}

func (a *agent) receive(in io.Reader, heard *hearing) (bye bool, err error) {
	for {
		f, err := readFrame(in)
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case f.kind == frameBye:
			return true, nil
		case f.kind == frameBeat:
			a.alive(heard)
			continue
		case f.kind != frameRequest || len(f.payload) == 0:
			return false, errFrame
		}
		if !a.takes() {
			return true, nil
		}
		guard.Go(func() {
			defer a.work.Done()
			a.answer(f)
		}, func(p *guard.Panic) { a.failed(f.call, p) })
	}
}

func (a *agent) answer(f frame) {
	do := operations[f.payload[0]]
	if do == nil {
		a.failed(f.call, errFrame)
		return
	}
	result, err := do(a, f.call, &reader{f.payload[1:]})
	recycle(f.payload)
	if err != nil {
		a.failed(f.call, err)
		return
	}
	_ = a.out.send(frameReply, f.call, result)
	recycle(result)
}

func (a *agent) failed(call uint32, err error) {
	number, ok := fileerr.Number(err)
	if !ok && errors.Is(err, fs.ErrClosed) {
		number = syscall.EBADF
	}
	payload := newFields(0)
	payload.number(int64(number))
	payload.text(err.Error())
	_ = a.out.send(frameFailure, call, payload)
}

// hold notes a temporary file, release that it is gone or has its name.
func (a *agent) hold(path string) {
	if !hostfiles.IsTemp(path) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.incomplete[path] = struct{}{}
}

func (a *agent) release(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.incomplete, path)
}

func (a *agent) removeIncomplete() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for path := range a.incomplete {
		_ = a.tree.Remove(context.Background(), path, false)
	}
}

func (a *agent) closeAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.readers {
		_ = r.Close()
	}
	for _, w := range a.writers {
		_ = w.Close()
	}
}
