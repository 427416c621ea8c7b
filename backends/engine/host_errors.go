package engine

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// hostReasons are the system's reasons in an engine's answers about a path of its host.
var hostReasons = []struct {
	text   string
	number syscall.Errno
}{
	{"bind source path does not exist", syscall.ENOENT},
	{"extraction point is not a directory", syscall.ENOTDIR},
	{"not a directory", syscall.ENOTDIR},
	{"no space left on device", syscall.ENOSPC},
	{"disk quota exceeded", syscall.EDQUOT},
	{"read-only file system", syscall.EROFS},
	{"permission denied", syscall.EACCES},
	{"operation not permitted", syscall.EPERM},
	{"file name too long", syscall.ENAMETOOLONG},
	{"too many levels of symbolic links", syscall.ELOOP},
	{"too many links", syscall.ELOOP},
	{"cannot overwrite", syscall.EEXIST},
	{"no such file or directory", syscall.ENOENT},
	{"could not find the file", syscall.ENOENT},
	{"input/output error", syscall.EIO},
}

// hostReason makes an engine's answer about a path the system's error where it tells
// one, so that the error names the path on the host.
func hostReason(err error) error {
	if err == nil || isErrno(err) || core.KindOf(err) != "" || session.ConnectionBroke(err) || client.IsErrConnectionFailed(err) {
		return err
	}
	text := strings.ToLower(err.Error())
	for _, reason := range hostReasons {
		if strings.Contains(text, reason.text) {
			return reason.number
		}
	}
	return err
}

func isErrno(err error) bool {
	var number syscall.Errno
	return errors.As(err, &number) && core.KindOf(err) == ""
}

// hostFault returns errors of the engine as *core.Error; those of files stay.
func hostFault(ctx context.Context, err error) error {
	if err = hostReason(err); err == nil || isErrno(err) && ctx.Err() == nil {
		return err
	}
	return session.Translate(ctx, err)
}
