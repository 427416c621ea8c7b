package localfs

import (
	"context"
	"io"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Open implements hostfiles.Tree. It does not wait for the other end of a FIFO.
func (t *tree) Open(_ context.Context, path string) (hostfiles.Reader, error) {
	h, name, err := t.at(path)
	if err != nil {
		return nil, err
	}
	defer t.leave(h)
	fd, err := open(h.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return &reader{fd: fd, path: path}, nil
}

type reader struct {
	fd   int
	path string
	at   int64
}

func (r *reader) ReadAt(p []byte, at int64) (int, error) {
	done := 0
	for done < len(p) {
		var n int
		err := retry(func() (err error) {
			n, err = unix.Pread(r.fd, p[done:], at+int64(done))
			return err
		})
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.ReadAt(p, r.at)
	r.at += int64(n)
	if n > 0 {
		return n, nil
	}
	return n, err
}

func (r *reader) Stat() (hostfiles.Entry, error) {
	var st unix.Stat_t
	err := unix.Fstat(r.fd, &st)
	return entryOf(r.path, &st), err
}

func (r *reader) Close() error { return unix.Close(r.fd) }

// Create implements hostfiles.Tree.
func (t *tree) Create(_ context.Context, path string) (hostfiles.Writer, error) {
	return t.writer(path, unix.O_CREAT|unix.O_EXCL)
}

// Reopen implements hostfiles.Tree.
func (t *tree) Reopen(_ context.Context, path string) (hostfiles.Writer, error) {
	return t.writer(path, 0)
}

func (t *tree) writer(path string, flags int) (hostfiles.Writer, error) {
	h, name, err := t.at(path)
	if err != nil {
		return nil, err
	}
	fd, err := open(h.fd, name, unix.O_WRONLY|unix.O_NOFOLLOW|flags, 0o600)
	if err != nil {
		t.leave(h)
		return nil, err
	}
	return &writer{tree: t, folder: h, name: name, fd: fd}, nil
}

type writer struct {
	tree   *tree
	folder *handle
	name   string
	fd     int
	once   sync.Once
}

func (w *writer) WriteAt(p []byte, at int64) (int, error) {
	done := 0
	for done < len(p) {
		var n int
		err := retry(func() (err error) {
			n, err = unix.Pwrite(w.fd, p[done:], at+int64(done))
			return err
		})
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.ErrShortWrite
		}
		done += n
	}
	return done, nil
}

func (w *writer) Finish(want *hostfiles.Entry) error {
	err := w.attributes(want)
	if closing := w.Close(); err == nil {
		err = closing
	}
	return err
}

func (w *writer) attributes(want *hostfiles.Entry) error {
	if want.UID != hostfiles.NoOwner {
		if err := unix.Fchown(w.fd, int(want.UID), int(want.GID)); err != nil {
			return err
		}
	}
	if err := unix.Fchmod(w.fd, uint32(want.Mode)); err != nil {
		return err
	}
	return setTime(w.folder.fd, w.name, want.MTime)
}

func (w *writer) Close() error {
	err := error(syscall.EBADF)
	w.once.Do(func() {
		err = unix.Close(w.fd)
		w.tree.leave(w.folder)
	})
	return err
}
