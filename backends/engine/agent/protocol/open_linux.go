package protocol

import (
	"errors"
	"io"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// open returns the number of an open file, and its entry.
func (a *agent) open(_ uint32, r *reader) (fields, error) {
	f, err := a.tree.Open(a.ctx, r.path())
	if err != nil {
		return nil, err
	}
	e, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	a.mu.Lock()
	a.last++
	number := a.last
	a.readers[number] = f
	a.mu.Unlock()
	out := newFields(0)
	out.number(number)
	out.entry(&e)
	return out, nil
}

func (a *agent) reader(number int64) (hostfiles.Reader, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.readers[number]; f != nil {
		return f, nil
	}
	return nil, syscall.EBADF
}

// readAt returns content, less than was asked for only at the file's end.
func (a *agent) readAt(_ uint32, r *reader) (fields, error) {
	f, err := a.reader(r.number())
	if err != nil {
		return nil, err
	}
	at, length := r.number(), r.number()
	if length < 0 || length > contentSize {
		return nil, syscall.EINVAL
	}
	out := newFields(int(length))
	n, err := f.ReadAt(out[headLength:headLength+length], at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return out[:headLength+n], nil
}

func (a *agent) statOpen(_ uint32, r *reader) (fields, error) {
	f, err := a.reader(r.number())
	if err != nil {
		return nil, err
	}
	return entryReply(f.Stat())
}

func (a *agent) create(_ uint32, r *reader) (fields, error) {
	path := r.path()
	a.hold(path)
	w, err := a.tree.Create(a.ctx, path)
	return a.opened(w, err)
}

func (a *agent) reopen(_ uint32, r *reader) (fields, error) {
	path := r.path()
	w, err := a.tree.Reopen(a.ctx, path)
	if err == nil {
		a.hold(path)
	}
	return a.opened(w, err)
}

func (a *agent) opened(w hostfiles.Writer, err error) (fields, error) {
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	a.writers[a.last] = w
	out := newFields(0)
	out.number(a.last)
	return out, nil
}

// writer returns an open file, and forgets it where it is about to be closed.
func (a *agent) writer(number int64, forget bool) (hostfiles.Writer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.writers[number]
	if w == nil {
		return nil, syscall.EBADF
	}
	if forget {
		delete(a.writers, number)
	}
	return w, nil
}

func (a *agent) writeAt(_ uint32, r *reader) (fields, error) {
	w, err := a.writer(r.number(), false)
	if err != nil {
		return nil, err
	}
	at := r.number()
	_, err = w.WriteAt(r.rest, at)
	return nil, err
}

func (a *agent) finish(_ uint32, r *reader) (fields, error) {
	w, err := a.writer(r.number(), true)
	if err != nil {
		return nil, err
	}
	want := r.entry()
	return nil, w.Finish(&want)
}

func (a *agent) closeOpen(_ uint32, r *reader) (fields, error) {
	number := r.number()
	a.mu.Lock()
	f, w := a.readers[number], a.writers[number]
	delete(a.readers, number)
	delete(a.writers, number)
	a.mu.Unlock()
	if f != nil {
		return nil, f.Close()
	}
	if w != nil {
		return nil, w.Close()
	}
	return nil, nil
}

// put makes a whole small file, with its attributes.
func (a *agent) put(_ uint32, r *reader) (fields, error) {
	path, want := r.path(), r.entry()
	a.hold(path)
	w, err := a.tree.Create(a.ctx, path)
	if err != nil {
		return nil, err
	}
	if _, err := w.WriteAt(r.rest, 0); err != nil {
		_ = w.Close()
		return nil, err
	}
	return nil, w.Finish(&want)
}
