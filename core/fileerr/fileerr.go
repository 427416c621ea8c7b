// Package fileerr says what an error of a file operation means, wherever the file is: here,
// on a host behind SFTP, rsync or the agent, or in a container. It has the one table from
// errno to error kind. It imports core and core/guard.
package fileerr

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// kinds are those of numbers that a caller can do something about. All others, a full disk
// and an I/O error among them, are an EngineError: nothing that the caller passed is wrong.
//
// EISDIR is a Conflict, as EEXIST and ENOTEMPTY are: a folder has the name that a file is to
// have. Who would catch IsADirectoryError asks for that state of the disk. It is no
// InvalidArgument, which is a ValueError and promises that nothing was done, and no
// PathNotFound, which is a FileNotFoundError though the path is there.
var kinds = map[syscall.Errno]core.Kind{
	syscall.ENOENT:       core.KindPathNotFound,
	syscall.ENOTDIR:      core.KindPathNotFound,
	syscall.EACCES:       core.KindPermissionDenied,
	syscall.EPERM:        core.KindPermissionDenied,
	syscall.EROFS:        core.KindPermissionDenied,
	syscall.EEXIST:       core.KindConflict,
	syscall.EISDIR:       core.KindConflict,
	syscall.ENOTEMPTY:    core.KindConflict,
	syscall.ENAMETOOLONG: core.KindInvalidArgument,
	syscall.ELOOP:        core.KindInvalidArgument,
	syscall.EINVAL:       core.KindInvalidArgument,
}

// Number returns the system's number for an error; what package fs has a name for, without
// a number, gets the usual one. An error that is classified already has none.
func Number(err error) (number syscall.Errno, ok bool) {
	switch {
	case err == nil || core.KindOf(err) != "":
		return 0, false
	case errors.As(err, &number):
		return number, true
	case errors.Is(err, fs.ErrNotExist):
		return syscall.ENOENT, true
	case errors.Is(err, fs.ErrPermission):
		return syscall.EACCES, true
	case errors.Is(err, fs.ErrExist):
		return syscall.EEXIST, true
	}
	return 0, false
}

// Kind returns the kind of an error of a file operation.
func Kind(err error) core.Kind {
	if kind := core.KindOf(err); kind != "" {
		return kind
	}
	if number, ok := Number(err); ok && kinds[number] != "" {
		return kinds[number]
	}
	var panicked *guard.Panic
	if errors.As(err, &panicked) {
		return core.KindInternalError
	}
	return core.KindEngineError
}

// IsFull reports whether there is no space left for a file.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// IsAbsent reports whether there is nothing at a path.
func IsAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || core.KindOf(err) == core.KindPathNotFound
}

// At makes an error of a file operation a *core.Error that names the path. One that is
// classified already, and the end of a context, get no path.
func At(path string, err error) error {
	var known *core.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return core.Errorf(core.KindCancelled, "cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return core.Errorf(core.KindOperationTimeout, "not done in time")
	}
	out := core.Errorf(Kind(err), "%s: %s", path, Reason(err)).With("path", path)
	out.Err = err
	if IsFull(err) {
		out.With("reason", "disk_full")
	}
	return out
}

// Reason returns an error's text without the path that the error repeats.
func Reason(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	var known *fs.PathError
	if errors.As(err, &known) {
		return known.Err.Error()
	}
	return err.Error()
}
