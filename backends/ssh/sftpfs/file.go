package sftpfs

import (
	"context"
	"io"
	"os"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Open implements hostfiles.Tree.
func (t *tree) Open(ctx context.Context, p string) (hostfiles.Reader, error) {
	var file *sftp.File
	err := t.do(ctx, p, func(at string) (err error) {
		file, err = t.client.Open(at)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &reader{tree: t, file: file, path: p}, nil
}

type reader struct {
	tree *tree
	file *sftp.File
	path string
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.file.Read(p)
	return n, r.explain(err)
}

func (r *reader) ReadAt(p []byte, at int64) (int, error) {
	n, err := r.file.ReadAt(p, at)
	return n, r.explain(err)
}

// explain leaves the file's end as it is. An io.EOF inside another error is the connection's.
func (r *reader) explain(err error) error {
	if err == io.EOF {
		return err
	}
	return r.tree.fs.explain(err)
}

func (r *reader) Stat() (hostfiles.Entry, error) {
	info, err := r.file.Stat()
	if err != nil {
		return hostfiles.Entry{}, r.tree.fs.explain(err)
	}
	return entryOf(r.path, info), nil
}

func (r *reader) Close() error { return r.file.Close() }

// Create implements hostfiles.Tree.
func (t *tree) Create(ctx context.Context, p string) (hostfiles.Writer, error) {
	return t.writer(ctx, p, os.O_CREATE|os.O_EXCL)
}

// Reopen implements hostfiles.Tree.
func (t *tree) Reopen(ctx context.Context, p string) (hostfiles.Writer, error) {
	return t.writer(ctx, p, 0)
}

func (t *tree) writer(ctx context.Context, p string, flags int) (hostfiles.Writer, error) {
	var file *sftp.File
	err := t.do(ctx, p, func(at string) (err error) {
		if file, err = t.client.OpenFile(at, os.O_WRONLY|flags); err != nil || flags == 0 {
			return err
		}
		// Nobody else may read it until it has the mode of its source.
		if err = file.Chmod(0o600); err != nil {
			_ = file.Close()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &writer{tree: t, file: file, path: p}, nil
}

type writer struct {
	tree *tree
	file *sftp.File
	path string
}

func (w *writer) WriteAt(p []byte, at int64) (n int, err error) {
	err = w.tree.do(context.Background(), w.path, func(string) error {
		n, err = w.file.WriteAt(p, at)
		return err
	})
	return n, err
}

func (w *writer) Finish(want *hostfiles.Entry) error {
	err := w.tree.Set(context.Background(), w.path, nil, want)
	if closing := w.Close(); err == nil {
		err = closing
	}
	return err
}

func (w *writer) Close() error { return w.tree.fs.explain(w.file.Close()) }
