package archive

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
)

// PathError makes the error of a local file operation a *core.Error that names path.
func PathError(path string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if errors.As(err, &known) {
		return known
	}
	var reason syscall.Errno
	if !errors.As(err, &reason) {
		return core.Errorf(core.KindInternalError, "%s: %w", path, cause(err)).With("path", path)
	}
	out := core.Errorf(kindOfErrno(reason), "%s: %w", path, reason).With("path", path)
	switch reason {
	case syscall.ENOSPC, syscall.EDQUOT:
		out.With("reason", "disk_full")
	}
	return out
}

func kindOfErrno(reason syscall.Errno) core.Kind {
	switch reason {
	case syscall.ENOENT, syscall.ENOTDIR:
		return core.KindPathNotFound
	case syscall.EACCES, syscall.EPERM, syscall.EROFS:
		return core.KindPermissionDenied
	case syscall.EISDIR, syscall.EEXIST, syscall.ENOTEMPTY:
		return core.KindConflict
	case syscall.ENAMETOOLONG, syscall.ELOOP, syscall.EINVAL:
		return core.KindInvalidArgument
	}
	// A full disk, an I/O error: nothing the caller passed is wrong.
	return core.KindEngineError
}

// cause takes off the path that fs.PathError repeats.
func cause(err error) error {
	var known *fs.PathError
	if errors.As(err, &known) {
		return known.Err
	}
	return err
}

// unsafeEntry is for an archive that tries to reach what it must not.
func unsafeEntry(name, problem string) error {
	return core.Errorf(core.KindEngineError, "unsafe archive: entry %q %s; nothing was written there", name, problem).
		With("reason", "unsafe_archive").With("entry", name)
}
