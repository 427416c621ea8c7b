package localfs

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// batch is how many names are read at once.
const batch = 4096

// ReadDir implements hostfiles.Tree.
func (t *tree) ReadDir(ctx context.Context, folder string) ([]hostfiles.Entry, error) {
	if err := inside(folder); err != nil {
		return nil, err
	}
	h, err := t.use(folder)
	if err != nil {
		return nil, err
	}
	defer t.leave(h)
	fd, err := open(h.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), folder)
	defer f.Close()
	var entries []hostfiles.Entry
	for {
		names, err := f.Readdirnames(batch)
		for _, name := range names {
			e, err := lookAt(fd, name, hostfiles.Join(folder, name))
			if errors.Is(err, os.ErrNotExist) {
				continue // it vanished
			}
			if err != nil {
				return nil, err
			}
			entries = append(entries, e)
		}
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
}

func lookAt(fd int, name, path string) (hostfiles.Entry, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) }); err != nil {
		return hostfiles.Entry{}, err
	}
	e := entryOf(path, &st)
	if e.Type == hostfiles.Symlink {
		target, err := readLink(fd, name)
		if err != nil {
			return e, err
		}
		e.More = &hostfiles.More{Target: target}
	}
	return e, nil
}

func readLink(fd int, name string) (string, error) {
	var buffer [4096]byte // the longest target of Linux
	n, err := unix.Readlinkat(fd, name, buffer[:])
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}

// Lstat implements hostfiles.Tree.
func (t *tree) Lstat(_ context.Context, path string) (hostfiles.Entry, error) {
	h, name, err := t.at(path)
	if err != nil {
		return hostfiles.Entry{}, err
	}
	defer t.leave(h)
	return lookAt(h.fd, name, path)
}

// Mkdir implements hostfiles.Tree.
func (t *tree) Mkdir(_ context.Context, path string) error {
	return t.with(path, func(fd int, name string) error { return unix.Mkdirat(fd, name, 0o700) })
}

// Symlink implements hostfiles.Tree.
func (t *tree) Symlink(_ context.Context, target, path string) error {
	return t.with(path, func(fd int, name string) error { return unix.Symlinkat(target, fd, name) })
}

// Remove implements hostfiles.Tree.
func (t *tree) Remove(_ context.Context, path string, isFolder bool) error {
	flags := 0
	if isFolder {
		flags = unix.AT_REMOVEDIR
		t.forget(path)
	}
	return t.with(path, func(fd int, name string) error { return unix.Unlinkat(fd, name, flags) })
}

// Link implements hostfiles.Tree.
func (t *tree) Link(_ context.Context, from, to string) error {
	return t.both(from, to, func(a int, from string, b int, to string) error { return unix.Linkat(a, from, b, to, 0) })
}

// LinkFrom implements hostfiles.Linker.
func (t *tree) LinkFrom(from hostfiles.Tree, source, path string) error {
	other, ok := from.(*tree)
	if !ok {
		return unix.EXDEV
	}
	return other.with(source, func(a int, source string) error {
		return t.with(path, func(b int, path string) error { return unix.Linkat(a, source, b, path, 0) })
	})
}

// Rename implements hostfiles.Tree.
func (t *tree) Rename(_ context.Context, from, to string) error {
	return t.both(from, to, unix.Renameat)
}

func (t *tree) with(path string, do func(fd int, name string) error) error {
	h, name, err := t.at(path)
	if err != nil {
		return err
	}
	defer t.leave(h)
	return retry(func() error { return do(h.fd, name) })
}

func (t *tree) both(from, to string, do func(a int, from string, b int, to string) error) error {
	return t.with(from, func(a int, from string) error {
		return t.with(to, func(b int, to string) error { return do(a, from, b, to) })
	})
}

// Set implements hostfiles.Tree.
func (t *tree) Set(_ context.Context, path string, have, want *hostfiles.Entry) error {
	return t.with(path, func(fd int, name string) error {
		owner := want.UID != hostfiles.NoOwner && (have == nil || have.UID != want.UID || have.GID != want.GID)
		if owner {
			if err := unix.Fchownat(fd, name, int(want.UID), int(want.GID), unix.AT_SYMLINK_NOFOLLOW); err != nil {
				return err
			}
		}
		// Changing the owner clears setuid and setgid.
		if want.Type != hostfiles.Symlink && (owner || have == nil || have.Mode != want.Mode) {
			if err := chmodAt(fd, name, uint32(want.Mode)); err != nil {
				return err
			}
		}
		if have == nil || have.MTime != want.MTime {
			return setTime(fd, name, want.MTime)
		}
		return nil
	})
}

func setTime(fd int, name string, mtime int64) error {
	times := []unix.Timespec{{Nsec: omitTime}, unix.NsecToTimespec(mtime)}
	return unix.UtimesNanoAt(fd, name, times, unix.AT_SYMLINK_NOFOLLOW)
}
