package containerfs

import (
	"context"
	"io"
	"path"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// ReadFile implements core.FileAccess.
func (a *Access) ReadFile(ctx context.Context, req core.ReadFileRequest, s core.Streams) (core.ReadFileResult, error) {
	r := &reading{request: req, to: s.Stdout}
	err := a.perform(ctx, &r.request.FileRequest, func(ctx context.Context) error { return a.files.read(ctx, r) })
	return core.ReadFileResult{Size: r.sent}, err
}

// reading is what attempts to read a file share: the next one skips what was sent.
type reading struct {
	request core.ReadFileRequest
	to      io.Writer
	sent    int64
	size    int64
	mtime   int64
}

// begin checks what was found at the path, before any of it is sent.
func (r *reading) begin(e core.FileEntry) error {
	req := r.request
	fail := func(kind core.Kind, format string, args ...any) error {
		return core.Errorf(kind, req.Path+" in the container "+req.Container+format, args...).With("path", req.Path)
	}
	switch {
	case e.Type == core.EntryFolder:
		return fail(core.KindConflict, " is a folder: list_files lists it")
	case e.Type != core.EntryFile:
		return fail(core.KindInvalidArgument, " is neither a file nor a folder: its content cannot be read")
	case req.MaxSize != nil && e.Size > *req.MaxSize:
		return r.tooLarge(e.Size)
	case r.sent > 0 && (e.Size != r.size || e.MTime != r.mtime):
		return fail(core.KindConflict, " was changed while the connection was lost: read it again")
	}
	r.size, r.mtime = e.Size, e.MTime
	return nil
}

func (r *reading) tooLarge(size int64) error {
	req := r.request
	return core.Errorf(core.KindInvalidArgument, "%s in the container %s has %d bytes, more than max_size=%d: allow more, or use stream_file",
		req.Path, req.Container, size, *req.MaxSize).With("path", req.Path).With("size", size)
}

// sending writes what comes after the bytes that an earlier attempt sent.
type sending struct {
	*reading
	skip int64
}

func (s *sending) Write(p []byte) (int, error) {
	skipped := min(s.skip, int64(len(p)))
	s.skip -= skipped
	n, err := s.to.Write(p[skipped:])
	s.sent += int64(n)
	if err == nil && s.request.MaxSize != nil && s.sent > *s.request.MaxSize {
		err = s.tooLarge(s.sent)
	}
	return int(skipped) + n, err
}

// read reads a file by one request, if there is a file that the archive endpoints see.
func (f *Files) read(ctx context.Context, r *reading) error {
	name, full := r.request.Container, path.Clean(r.request.Path)
	asked, err := !f.mayHide(name, full), error(nil)
	if asked {
		if err = f.readArchive(ctx, r, full); err == nil || unlessMissing(err) != nil {
			return err
		}
	}
	info, hidden, cannot := f.placed(ctx, name, full, func() error { return nil })
	switch {
	case cannot != nil:
		return cannot
	case hidden == "" && asked:
		return err
	case hidden == "":
		return f.readArchive(ctx, r, full)
	}
	return f.insideContainer(ctx, info, func(files *insideFS) error { return files.read(ctx, r, full) })
}

func (f *Files) readArchive(ctx context.Context, r *reading, full string) error {
	a, err := f.openArchive(ctx, r.request.Container, full, true)
	if err != nil {
		return err
	}
	defer a.close()
	if err := r.begin(a.entry()); err != nil {
		return err
	}
	n, err := io.Copy(&sending{r, r.sent}, a)
	if err == nil && n < a.header.Size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// read reads a file until its end: those of the kernel have more than their size says.
func (f *insideFS) read(ctx context.Context, r *reading, full string) error {
	real, err := f.Resolve(ctx, full)
	if err != nil {
		return err
	}
	e, err := f.tree.Lstat(ctx, real[1:])
	if err != nil {
		return err
	}
	if err := r.begin(describe(&e)); err != nil {
		return err
	}
	file, err := f.tree.Open(ctx, real[1:])
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return sendParts(ctx, &sending{reading: r}, file, e.Size)
}

// partSize is how much of a file an agent is asked for at once, in bytes.
const partSize = 256 << 10

// sendParts reads as many parts at once as pay off, from where an earlier attempt ended, until
// one is not full.
func sendParts(ctx context.Context, to *sending, file hostfiles.Reader, size int64) error {
	parts := make([][]byte, min(agent.Concurrency, max(1, int(size/partSize))))
	for i := range parts {
		parts[i] = make([]byte, partSize)
	}
	read := make([]int, len(parts))
	for at := to.sent; ; at += int64(len(parts)) * partSize {
		err := guard.Each(ctx, len(parts), len(parts), func(i int) (err error) {
			read[i], err = io.ReadFull(io.NewSectionReader(file, at+int64(i)*partSize, partSize), parts[i])
			return unlessEnd(err)
		})
		if err != nil {
			return err
		}
		for i, n := range read {
			if _, err := to.Write(parts[i][:n]); err != nil || n < partSize {
				return err
			}
		}
	}
}

// unlessEnd takes only what io.ReadFull itself says for the end of a file. The error of an agent
// whose connection was lost may contain the same.
func unlessEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}
