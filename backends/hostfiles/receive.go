package hostfiles

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sort"

	"github.com/proboscis/ml_nexus_go/core"
)

// receive gets the files that a plan sends from a Batch.
func (a *applier) receive(ctx context.Context, batch Batch) error {
	if len(a.plan.Send) == 0 {
		return nil
	}
	var wanted []Wanted
	var index []int
	for _, i := range a.plan.Send {
		e := &a.plan.Source[i]
		if a.isBlocked(e.Path) {
			continue
		}
		one := Wanted{Path: e.Path}
		if have := find(a.plan.Have, e.Path); have != nil && have.Type == File {
			one.Basis = func() (Reader, error) { return a.to.Open(ctx, e.Path) }
		}
		wanted, index = append(wanted, one), append(index, i)
	}
	var long []*Entry
	err := batch.SendAll(ctx, wanted, func(i int, content Content) error {
		e := &a.plan.Source[index[i]]
		err := a.receiveFile(ctx, e, content)
		if err == nil && e.Size > chunkSize {
			long = append(long, e)
		}
		return a.received(e, err)
	})
	if err != nil {
		return err
	}
	return a.each(ctx, len(long), func(i int) error { return a.recheck(ctx, long[i]) })
}

// recheck looks whether a file of some size changed while it was sent. A Batch says so only
// of its size, and a small file has no time to.
func (a *applier) recheck(ctx context.Context, e *Entry) error {
	now, err := a.from.Lstat(ctx, e.Path)
	if err == nil && now.Type == File && (now.Size != e.Size || !sameTime(now.MTime, e.MTime)) {
		a.changed(e)
	}
	return fatalOnly(ctx, err)
}

// changed notes once that a file changed while it was read.
func (a *applier) changed(e *Entry) {
	if _, known := a.grown.LoadOrStore(e.Path, true); !known {
		a.issues.Add(e.Path, core.IssueChanged, "")
	}
}

// received judges how a file came. Its error ends everything.
func (a *applier) received(e *Entry, err error) error {
	if err == nil || errors.Is(err, ErrAgain) {
		return nil
	}
	a.block(e.Path)
	var problem sourceProblem
	switch {
	case !errors.As(err, &problem):
		return a.issues.Fail(e.Path, err)
	case errors.Is(err, fs.ErrNotExist):
		a.issues.Add(e.Path, core.IssueVanished, "")
	case errors.Is(err, ErrUnstable):
		a.issues.Add(e.Path, core.IssueChanged, "it changed each time it was read: here it stays as it was")
	case !errors.Is(err, ErrReported):
		return problem.error
	}
	return nil
}

// receiveFile writes one file under a temporary name and renames it.
func (a *applier) receiveFile(ctx context.Context, e *Entry, content Content) error {
	before := content.Literal()
	defer func() { a.bytes.Add(content.Literal() - before) }()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	// What does not come at all makes no file.
	n, err := fill(content, *buffer)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		return sourceProblem{err}
	}
	one := a.temps.take(e)
	size, err := a.receiveInto(ctx, one, content, *buffer, n, err)
	if err == nil {
		err = a.to.Rename(ctx, one.path, e.Path)
	}
	if err != nil {
		a.abandon(ctx, e.Path, one, nil)
		return err
	}
	a.temps.drop(e.Path)
	a.files.Add(1)
	a.meter.File()
	if size != e.Size {
		a.changed(e)
	}
	return nil
}

// receiveInto writes the n bytes that are in the buffer, and everything that follows.
func (a *applier) receiveInto(ctx context.Context, one *temp, content Content, buffer []byte, n int, reading error) (size int64, err error) {
	writer, err := a.to.Create(ctx, one.path)
	if err != nil {
		return 0, err
	}
	for {
		if n > 0 {
			if _, err = writer.WriteAt(buffer[:n], size); err != nil {
				break
			}
			size += int64(n)
			a.meter.Bytes(int64(n))
		}
		if errors.Is(reading, io.EOF) {
			return size, writer.Finish(&one.of)
		}
		if reading != nil {
			err = sourceProblem{reading}
			break
		}
		n, reading = fill(content, buffer)
	}
	_ = writer.Close()
	return size, err
}

// fill reads until the buffer is full, or up to an error, which it returns as it is: only
// io.EOF says that a content is complete.
func fill(from io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = from.Read(buffer[n:])
		n += more
	}
	return n, err
}

// find returns the entry of a path in a sorted list, or nil.
func find(sorted []Entry, path string) *Entry {
	i := sort.Search(len(sorted), func(i int) bool { return ComparePaths(sorted[i].Path, path) >= 0 })
	if i == len(sorted) || sorted[i].Path != path {
		return nil
	}
	return &sorted[i]
}
