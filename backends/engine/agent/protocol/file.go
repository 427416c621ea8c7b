package protocol

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Open implements hostfiles.Tree.
func (c *Client) Open(ctx context.Context, path string) (hostfiles.Reader, error) {
	r, err := c.ask(ctx, request(opOpen, path))
	if err != nil {
		return nil, err
	}
	return &openFile{client: c, ctx: ctx, number: r.number(), first: r.entry()}, nil
}

// openFile is a file that the agent has open for reading.
type openFile struct {
	client *Client
	ctx    context.Context // of the operation that opened it
	number int64
	first  hostfiles.Entry // as it was when it was opened
	asked  bool
	at     int64
}

func (f *openFile) ask(op byte, numbers ...int64) (reader, error) {
	q := request(op)
	q.number(f.number)
	for _, n := range numbers {
		q.number(n)
	}
	return f.client.ask(f.ctx, q)
}

func (f *openFile) ReadAt(p []byte, at int64) (int, error) {
	done := 0
	for done < len(p) {
		want := min(len(p)-done, contentSize)
		r, err := f.ask(opReadAt, at+int64(done), int64(want))
		if err != nil {
			return done, err
		}
		n := copy(p[done:], r.rest)
		recycle(r.rest)
		if done += n; n < want {
			return done, io.EOF
		}
	}
	return done, nil
}

func (f *openFile) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Stat saves the first question: opening it had the answer.
func (f *openFile) Stat() (hostfiles.Entry, error) {
	if !f.asked {
		f.asked = true
		return f.first, nil
	}
	r, err := f.ask(opStatOpen)
	return r.entry(), err
}

func (f *openFile) Close() error {
	f.ctx = context.WithoutCancel(f.ctx)
	_, err := f.ask(opClose)
	return err
}

// Create implements hostfiles.Tree. A file of one piece is sent as a whole by Finish.
func (c *Client) Create(ctx context.Context, path string) (hostfiles.Writer, error) {
	return &newFile{client: c, ctx: ctx, path: path, lazy: true}, nil
}

// Reopen implements hostfiles.Tree.
func (c *Client) Reopen(ctx context.Context, path string) (hostfiles.Writer, error) {
	r, err := c.ask(ctx, request(opReopen, path))
	if err != nil {
		return nil, err
	}
	return &newFile{client: c, ctx: ctx, path: path, number: r.number()}, nil
}

// newFile is a file that is being written.
type newFile struct {
	client *Client
	ctx    context.Context
	path   string

	mu     sync.Mutex // while it is lazy
	lazy   bool       // the agent does not know of it yet
	kept   []byte     // content from the start, while lazy
	number int64
	failed error
}

// lazyContent bounds what is kept until Finish.
const lazyContent = 128 << 10

func (f *newFile) WriteAt(p []byte, at int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	kept, err := f.keep(p, at)
	if kept || err != nil {
		return len(p), err
	}
	for done := 0; done < len(p); {
		piece := p[done:min(len(p), done+contentSize)]
		if err := f.write(piece, at+int64(done)); err != nil {
			return done, err
		}
		done += len(piece)
	}
	return len(p), nil
}

func (f *newFile) write(p []byte, at int64) error {
	q := newFields(len(p) + 64)
	q = append(q, opWriteAt)
	q.number(f.number)
	q.number(at)
	q = append(q, p...)
	_, err := f.client.ask(f.ctx, q)
	return err
}

// keep takes the one piece of a small file; with more than that the file is created.
func (f *newFile) keep(p []byte, at int64) (kept bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.lazy || f.failed != nil {
		return false, f.failed
	}
	if at == 0 && f.kept == nil && len(p) <= lazyContent {
		f.kept = append([]byte(nil), p...)
		return true, nil
	}
	f.failed = f.create()
	return false, f.failed
}

func (f *newFile) create() error {
	r, err := f.client.ask(f.ctx, request(opCreate, f.path))
	if err != nil {
		return err
	}
	f.number, f.lazy = r.number(), false
	if f.kept != nil {
		err = f.write(f.kept, 0)
		f.kept = nil
	}
	return err
}

func (f *newFile) Finish(want *hostfiles.Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return f.failed
	}
	var q fields
	if f.lazy {
		q = newFields(len(f.kept) + 2*len(f.path) + 128)
		q = append(q, opPut)
		q.text(f.path)
		q.entry(want)
		q = append(q, f.kept...)
	} else {
		q = request(opFinish)
		q.number(f.number)
		q.entry(want)
	}
	f.failed = errFinished
	_, err := f.client.ask(f.ctx, q)
	return err
}

var errFinished = errors.New("the file is closed")

func (f *newFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lazy || errors.Is(f.failed, errFinished) {
		return nil
	}
	f.failed = errFinished
	q := request(opClose)
	q.number(f.number)
	_, err := f.client.ask(context.WithoutCancel(f.ctx), q)
	return err
}
