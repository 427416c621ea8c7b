package hostfiles

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// send copies one file under a temporary name and renames it.
func (a *applier) send(ctx context.Context, i int) error {
	e := &a.plan.Source[i]
	if a.isBlocked(e.Path) {
		return nil
	}
	err := a.sendFile(ctx, e)
	if err == nil {
		return nil
	}
	a.block(e.Path)
	var problem sourceProblem
	if errors.As(err, &problem) && errors.Is(err, fs.ErrNotExist) {
		a.issues.Add(e.Path, core.IssueVanished, "")
		return nil
	}
	return a.issues.Fail(e.Path, err)
}

// sourceProblem marks errors on the source's side.
type sourceProblem struct{ error }

func (s sourceProblem) Unwrap() error { return s.error }

func (a *applier) sendFile(ctx context.Context, e *Entry) error {
	reader, err := a.from.Open(ctx, e.Path)
	if err != nil {
		return sourceProblem{err}
	}
	defer reader.Close()
	now, err := reader.Stat()
	if err != nil {
		return sourceProblem{err}
	}
	if now.Type != File {
		return sourceProblem{fs.ErrNotExist}
	}
	one := a.temps.take(e)
	if a.linker != nil && a.linker.LinkFrom(a.from, e.Path, one.path) == nil {
		return a.nameLink(ctx, e, one)
	}
	if err = a.fill(ctx, reader, now.Size, one); err == nil && a.verify {
		err = a.compare(ctx, reader, now.Size, one.path)
	}
	if err == nil {
		err = a.to.Rename(ctx, one.path, e.Path)
	}
	if err != nil {
		a.abandon(ctx, e.Path, one, err)
		return err
	}
	a.temps.drop(e.Path)
	a.files.Add(1)
	a.meter.File()
	if after, err := reader.Stat(); err == nil && (after.Size != e.Size || after.MTime != e.MTime) {
		a.issues.Add(e.Path, core.IssueChanged, "")
	}
	return nil
}

// nameLink renames a link to the source to its name.
func (a *applier) nameLink(ctx context.Context, e *Entry, one *temp) error {
	err := a.to.Rename(ctx, one.path, e.Path)
	// Renaming one name of a file over another of its names does nothing: remove it.
	a.abandon(ctx, e.Path, one, err)
	if err == nil {
		a.files.Add(1)
		a.meter.File()
		a.meter.Bytes(e.Size)
	}
	return err
}

// abandon removes a temporary file, unless the connection is lost: then the next attempt
// continues it.
func (a *applier) abandon(ctx context.Context, path string, one *temp, err error) {
	if core.KindOf(err) == core.KindConnectionLost {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if err := a.to.Remove(ctx, one.path, false); err == nil || errors.Is(err, fs.ErrNotExist) {
		a.temps.drop(path)
	}
}

// fill writes the temporary file, starting where an earlier attempt ended.
func (a *applier) fill(ctx context.Context, reader Reader, size int64, one *temp) error {
	if putter, can := a.to.(Putter); can && size >= largeFile && one.done == 0 {
		err := putter.Put(ctx, one.path, io.NewSectionReader(reader, 0, size), size, &one.of, a.moved)
		if !errors.Is(err, ErrNotPut) {
			return err
		}
	}
	var writer Writer
	var err error
	if one.done > 0 {
		writer, err = a.to.Reopen(ctx, one.path)
		a.meter.Resumed(one.done)
	}
	if one.done == 0 || errors.Is(err, fs.ErrNotExist) {
		if one.begun {
			// The connection was lost before anything is known to have arrived.
			_ = a.to.Remove(ctx, one.path, false)
		}
		one.done, one.begun = 0, true
		writer, err = a.to.Create(ctx, one.path)
	}
	if err != nil {
		return err
	}
	if err = a.stream(ctx, reader, size, writer, one); err == nil {
		c := &chunks{from: reader, to: writer, size: size, sent: &one.done, moved: a.moved}
		err = c.copy(ctx, a.concurrency)
	}
	if err != nil {
		_ = writer.Close()
		return err
	}
	return writer.Finish(&one.of)
}

func (a *applier) moved(n int64) {
	a.bytes.Add(n)
	a.meter.Bytes(n)
}

// compare reads both files again and compares their checksums. The source may have grown
// since it had the size that was copied.
func (a *applier) compare(ctx context.Context, source Reader, size int64, copied string) error {
	here, err := checksum(ctx, source, size)
	if err != nil {
		return sourceProblem{err}
	}
	reader, err := a.to.Open(ctx, copied)
	if err != nil {
		return err
	}
	defer reader.Close()
	there, err := checksum(ctx, reader, size+1)
	if err != nil {
		return err
	}
	if here != there {
		return errors.New("the copy's SHA-256 is " + there + ", the source's " + here + ": the source changed, or the copy is damaged")
	}
	a.lastSum.Store(there)
	return nil
}

// chunkSize is how much is read and written at once.
const chunkSize = 256 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, chunkSize); return &b }}

// chunks copies a file's content, several parts at once if that pays off.
type chunks struct {
	from  io.ReaderAt
	to    io.WriterAt
	size  int64
	sent  *int64 // everything before it is there
	moved func(n int64)

	mu   sync.Mutex
	done map[int64]int64 // parts beyond sent: start and end
}

func (c *chunks) copy(ctx context.Context, concurrency int) error {
	start := *c.sent
	if c.size-start <= chunkSize {
		concurrency = 1
	}
	c.done = map[int64]int64{}
	parts := int((c.size - start + chunkSize - 1) / chunkSize)
	var short atomic.Bool // the file got shorter: there is no more
	return guard.Each(ctx, min(concurrency, maxParts), parts, func(i int) error {
		if short.Load() {
			return nil
		}
		at := start + int64(i)*chunkSize
		n, err := c.part(at, min(chunkSize, c.size-at))
		if errors.Is(err, io.EOF) {
			short.Store(true)
			return nil
		}
		if err == nil {
			c.note(at, at+n)
		}
		return err
	})
}

// maxParts bounds the memory for one file.
const maxParts = 16

func (c *chunks) part(at, length int64) (int64, error) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	n, err := c.from.ReadAt((*buffer)[:length], at)
	if err != nil && !errors.Is(err, io.EOF) { // whatever came before it
		return 0, sourceProblem{err}
	}
	if n == 0 {
		return 0, io.EOF
	}
	if _, err := c.to.WriteAt((*buffer)[:n], at); err != nil {
		return 0, err
	}
	c.moved(int64(n))
	if int64(n) < length {
		return int64(n), io.EOF
	}
	return int64(n), nil
}

func (c *chunks) note(start, end int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done[start] = end
	for {
		next, ok := c.done[*c.sent]
		if !ok {
			return
		}
		delete(c.done, *c.sent)
		*c.sent = next
	}
}

// symlink makes a symlink under a temporary name and renames it.
func (a *applier) symlink(ctx context.Context, i int) error {
	e := &a.plan.Source[i]
	if a.isBlocked(e.Path) {
		return nil
	}
	one := a.temps.take(e)
	err := a.to.Symlink(ctx, e.Target(), one.path)
	if err == nil {
		err = a.to.Set(ctx, one.path, nil, e)
	}
	if err == nil {
		err = a.to.Rename(ctx, one.path, e.Path)
	}
	if err != nil {
		a.abandon(ctx, e.Path, one, err)
		return a.issues.Fail(e.Path, err)
	}
	a.temps.drop(e.Path)
	return nil
}

// link makes a further name of a file that was sent or exists already.
func (a *applier) link(ctx context.Context, l HardLink) error {
	e, leader := &a.plan.Source[l.Index], &a.plan.Source[l.Leader]
	if a.isBlocked(e.Path) {
		return nil
	}
	if a.isBlocked(leader.Path) {
		return a.issues.Fail(e.Path, errors.New("the file it is a hard link to, "+leader.Path+", was not sent"))
	}
	one := a.temps.take(e)
	err := a.to.Link(ctx, leader.Path, one.path)
	if err == nil {
		err = a.to.Rename(ctx, one.path, e.Path)
	}
	// Renaming one name of a file over another of its names does nothing: remove it.
	a.abandon(ctx, e.Path, one, err)
	if err != nil {
		return a.issues.Fail(e.Path, err)
	}
	return nil
}
