package containersync

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// archivedTree is a folder of an archivedFS, or one file of it.
type archivedTree struct {
	hostfiles.Tree // nil
	fs             *archivedFS
	root           string
	only           string
	list           archiveList
}

// List implements hostfiles.Batch.
func (t *archivedTree) List(ctx context.Context, opts hostfiles.ListOptions) (hostfiles.Listing, error) {
	t.only = opts.Only
	t.list = archiveList{
		sums: opts.Checksum, at: map[string]int{}, taken: bounded.Count{What: "the list of the container's files", Limit: 8 * bounded.Limit},
	}
	base := path.Base(path.Join(t.root, t.only))
	err := t.each(ctx, func(h *tar.Header, name string, content io.Reader) error {
		if h.Typeflag != tar.TypeLink {
			return t.list.add(h, name, content)
		}
		of, _ := relativeName(h.Linkname, base)
		return t.list.link(name, of)
	})
	if err != nil {
		return hostfiles.Listing{}, err
	}
	l := hostfiles.Listing{Entries: t.list.entries, Root: t.list.root, Complete: true}
	if opts.Checksum {
		l.Sum, l.Hash = t.list.sum, sha256.New
	}
	return l, nil
}

// each reads an archive of the tree. An error of do, or errEnough, ends it.
func (t *archivedTree) each(ctx context.Context, do func(h *tar.Header, name string, content io.Reader) error) error {
	full := path.Join(t.root, t.only)
	body, _, err := t.fs.api.CopyFromContainer(ctx, t.fs.id, full)
	if err != nil {
		return agent.Fault(ctx, err)
	}
	defer body.Close()
	whole := &tail{from: body}
	archive, base := tar.NewReader(whole), path.Base(full)
	for {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && whole.zeros >= endMark:
			return nil
		case errors.Is(err, io.EOF):
			return agent.Fault(ctx, io.ErrUnexpectedEOF)
		case err != nil:
			return agent.Fault(ctx, err)
		case h.Typeflag == tar.TypeXGlobalHeader:
			continue
		}
		name, below := relativeName(h.Name, base)
		if t.only != "" && below && name == "" {
			name = t.only
		}
		if !below {
			return unsafeArchive(h.Name, "is not part of what was asked for")
		}
		if err := do(h, name, &archivedContent{ctx: ctx, from: archive}); err != nil {
			if errors.Is(err, errEnough) {
				err = nil
			}
			return err
		}
	}
}

var errEnough = errors.New("enough of the archive was read")

func unsafeArchive(name, problem string) error {
	return core.Errorf(core.KindEngineError, "unsafe archive: entry %q %s; nothing was written because of it", name, problem).
		With("reason", "unsafe_archive").With("entry", name)
}

// SendAll implements hostfiles.Batch. Of a file with several names, an archive has the
// content once: each name that wants it needs an archive of its own.
func (t *archivedTree) SendAll(ctx context.Context, wanted []hostfiles.Wanted, take func(i int, content hostfiles.Content) error) error {
	waiting := map[string][]int{} // by the name that has the content
	for i := range wanted {
		leader := t.list.leader(wanted[i].Path)
		waiting[leader] = append(waiting[leader], i)
	}
	for len(waiting) > 0 {
		left := len(waiting)
		err := t.each(ctx, func(h *tar.Header, name string, content io.Reader) error {
			names := waiting[name]
			if len(names) == 0 || h.Typeflag != tar.TypeReg {
				return nil
			}
			if waiting[name] = names[1:]; len(names) == 1 {
				delete(waiting, name)
			}
			if err := take(names[0], content.(hostfiles.Content)); err != nil {
				return err
			}
			if left--; left == 0 {
				return errEnough
			}
			return nil
		})
		if err != nil {
			return err
		}
		if left > 0 {
			return t.vanished(waiting, take)
		}
	}
	return nil
}

// vanished says of files that the archive has no more that they are gone.
func (t *archivedTree) vanished(waiting map[string][]int, take func(i int, content hostfiles.Content) error) error {
	for _, names := range waiting {
		for _, i := range names {
			if err := take(i, &archivedContent{err: fs.ErrNotExist}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Lstat implements hostfiles.Tree.
func (t *archivedTree) Lstat(ctx context.Context, p string) (hostfiles.Entry, error) {
	e, err := t.fs.Stat(ctx, path.Join(t.root, p))
	e.Path = p
	return e, err
}

// Close implements hostfiles.Tree.
func (t *archivedTree) Close() error { return nil }

// archivedContent is a file's content in an archive. That it is whole is known from its
// length.
type archivedContent struct {
	ctx  context.Context
	from io.Reader
	n    int64
	err  error
}

// Literal implements hostfiles.Content.
func (c *archivedContent) Literal() int64 { return c.n }

func (c *archivedContent) Read(p []byte) (n int, err error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err = c.from.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = agent.Fault(c.ctx, err)
	}
	c.err = err
	return n, err
}
