package sftpfs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"syscall"
	"time"

	"github.com/pkg/sftp"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// concurrency is how many operations are under way at once: with a round trip of 20 ms that
// is 1,600 operations a second.
const concurrency = 32

// FS is a host's file system.
type FS struct {
	// Client returns an SFTP client, to use until release.
	Client func(ctx context.Context) (client *sftp.Client, release func(), err error)
	// Lost turns an error that a lost connection caused into ConnectionLost.
	Lost func(error) error
	// Users returns what the host's getent says about users, including the one with this
	// number, in the form of /etc/passwd; nil if no command can be run.
	Users func(ctx context.Context, uid uint32) []byte
}

var _ hostfiles.FileSystem = (*FS)(nil)

// with runs one operation on a client.
func (f *FS) with(ctx context.Context, do func(c *sftp.Client) error) error {
	client, release, err := f.Client(ctx)
	if err != nil {
		return err
	}
	defer release()
	return f.explain(do(client))
}

// explain distinguishes a lost connection from an answer of the host.
func (f *FS) explain(err error) error {
	switch {
	case err == nil, core.KindOf(err) != "", errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return err
	case errors.Is(err, sftp.ErrSSHFxConnectionLost), errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe):
		return f.Lost(lostError{err})
	}
	var status *sftp.StatusError
	if errors.As(err, &status) {
		if status.FxCode() == sftp.ErrSSHFxBadMessage {
			return syscall.ENAMETOOLONG // this is OpenSSH's answer for it
		}
		return err
	}
	return f.Lost(err)
}

// lostError is an end of the channel.
type lostError struct{ error }

func (l lostError) Unwrap() error { return l.error }

// IsLost reports whether the SFTP channel has ended.
func IsLost(err error) bool {
	var lost lostError
	return errors.As(err, &lost)
}

// Features implements hostfiles.FileSystem. Whether owners can be set shows when a Tree tries.
func (f *FS) Features(context.Context) (hostfiles.Features, error) {
	return hostfiles.Features{
		Way: "sftp", Concurrency: concurrency, QuickResolve: true, Owner: true,
		Times: &hostfiles.TimeRange{Last: lastSecond * int64(time.Second)}, // 32 bits of seconds
	}, nil
}

const lastSecond = 1<<32 - 1

// Resolve implements hostfiles.FileSystem.
func (f *FS) Resolve(ctx context.Context, asked string) (real string, err error) {
	err = f.with(ctx, func(c *sftp.Client) error {
		at, rest := path.Clean(asked), ""
		for {
			if _, err := c.Stat(at); err == nil || !errors.Is(err, fs.ErrNotExist) || at == "/" {
				real, err = c.RealPath(at)
				real = path.Join(real, rest)
				return err
			}
			if _, err := c.Lstat(at); err == nil { // a dangling symlink
				real = path.Join(at, rest)
				return nil
			}
			folder, name := path.Split(at)
			at, rest = path.Clean(folder), path.Join(name, rest)
		}
	})
	return real, err
}

// Stat implements hostfiles.FileSystem.
func (f *FS) Stat(ctx context.Context, path string) (e hostfiles.Entry, err error) {
	err = f.with(ctx, func(c *sftp.Client) error {
		info, err := c.Stat(path)
		if err == nil {
			e = entryOf("", info)
		}
		return err
	})
	return e, err
}

// MkdirAll implements hostfiles.FileSystem.
func (f *FS) MkdirAll(ctx context.Context, path string) error {
	return f.with(ctx, func(c *sftp.Client) error { return mkdirAll(c, path) })
}

func mkdirAll(c *sftp.Client, at string) error {
	info, err := c.Stat(at)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return syscall.ENOTDIR
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if parent := path.Dir(at); parent != at {
		if err := mkdirAll(c, parent); err != nil {
			return err
		}
	}
	err = c.Mkdir(at)
	if err != nil {
		if info, again := c.Stat(at); again == nil && info.IsDir() {
			return nil // somebody else made it
		}
		if _, again := c.Lstat(at); again == nil {
			return syscall.EEXIST
		}
		return diagnose(c, path.Dir(at), err)
	}
	return nil
}

// diagnose finds out what SFTP's "failure" means for a folder.
func diagnose(c *sftp.Client, folder string, err error) error {
	var status *sftp.StatusError
	if !errors.As(err, &status) || status.FxCode() != sftp.ErrSSHFxFailure {
		return err
	}
	const readOnly = 1
	room, again := c.StatVFS(folder)
	switch {
	case again != nil:
		return err
	case room.Flag&readOnly != 0:
		return syscall.EROFS
	case room.Bavail == 0 || room.Files > 0 && room.Favail == 0:
		return syscall.ENOSPC
	}
	return err
}

// The type bits of a mode, which SFTP has from POSIX.
const (
	typeMask    = 0o170000
	typeFile    = 0o100000
	typeFolder  = 0o040000
	typeSymlink = 0o120000
)

func entryOf(at string, info fs.FileInfo) hostfiles.Entry {
	e := hostfiles.Entry{Path: at, Size: info.Size(), MTime: info.ModTime().UnixNano(), Type: hostfiles.Special}
	stat, ok := info.Sys().(*sftp.FileStat)
	if !ok {
		return e
	}
	e.UID, e.GID, e.Mode = stat.UID, stat.GID, uint16(stat.Mode&0o7777)
	switch stat.Mode & typeMask {
	case typeFile:
		e.Type = hostfiles.File
	case typeFolder:
		e.Type, e.Size = hostfiles.Folder, 0
	case typeSymlink:
		e.Type, e.Size = hostfiles.Symlink, 0
	}
	return e
}
