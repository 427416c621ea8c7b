package localfs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// FS is this machine's file system.
type FS struct {
	// Home is the caller's home folder, "" if it is unknown.
	Home string
}

var _ hostfiles.FileSystem = FS{}

// Features implements hostfiles.FileSystem.
func (FS) Features(context.Context) (hostfiles.Features, error) {
	return hostfiles.Features{
		Way: "local", Concurrency: max(4, runtime.GOMAXPROCS(0)), Owner: os.Geteuid() == 0, SymlinkTimes: true, QuickResolve: true,
	}, nil
}

// Resolve implements hostfiles.FileSystem.
func (FS) Resolve(_ context.Context, path string) (string, error) {
	path = filepath.Clean(path)
	rest := ""
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", evalError(err)
		}
		if _, err := os.Lstat(path); err == nil { // a dangling symlink
			return filepath.Join(path, rest), nil
		}
		folder, name := filepath.Split(path)
		if name == "" {
			return "", err
		}
		path, rest = filepath.Clean(folder), filepath.Join(name, rest)
	}
}

// evalError adds an errno to the one error of EvalSymlinks that has none.
func evalError(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return err
	}
	return syscall.ELOOP
}

// Stat implements hostfiles.FileSystem.
func (FS) Stat(_ context.Context, path string) (hostfiles.Entry, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Stat(path, &st) })
	return entryOf("", &st), err
}

// MkdirAll implements hostfiles.FileSystem.
func (FS) MkdirAll(_ context.Context, path string) error { return os.MkdirAll(path, 0o777) }

// Tree implements hostfiles.FileSystem.
func (FS) Tree(_ context.Context, root string) (hostfiles.Tree, error) {
	fd, err := open(unix.AT_FDCWD, root, folderFlags&^unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	t := &tree{known: map[string]*handle{}}
	t.root = &handle{fd: fd, users: 1}
	t.idle.Init()
	return t, nil
}

func open(at int, path string, flags int, mode uint32) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(at, path, flags|unix.O_CLOEXEC, mode)
		return err
	})
	return fd, err
}

// retry repeats a call that a signal interrupted.
func retry(do func() error) error {
	for {
		if err := do(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func entryOf(path string, st *unix.Stat_t) hostfiles.Entry {
	e := hostfiles.Entry{
		Path: path, Size: st.Size, MTime: st.Mtim.Nano(), UID: st.Uid, GID: st.Gid, Mode: uint16(st.Mode & 0o7777),
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		e.Type = hostfiles.File
		if st.Nlink > 1 {
			e.More = &hostfiles.More{Device: uint64(st.Dev), Inode: st.Ino}
		}
	case unix.S_IFDIR:
		e.Type, e.Size = hostfiles.Folder, 0
	case unix.S_IFLNK:
		e.Type, e.Size = hostfiles.Symlink, 0
	default:
		e.Type = hostfiles.Special
	}
	return e
}
