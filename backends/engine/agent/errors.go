package agent

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// reasons are the system's reasons in an engine's answers about a path on its host or in a
// container.
var reasons = []struct {
	text   string
	number syscall.Errno
}{
	{"bind source path does not exist", syscall.ENOENT},
	{"extraction point is not a directory", syscall.ENOTDIR},
	{"not a directory", syscall.ENOTDIR},
	{"no space left on device", syscall.ENOSPC},
	{"disk quota exceeded", syscall.EDQUOT},
	{"read-only file system", syscall.EROFS},
	{"marked read-only", syscall.EROFS},
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

// Reason returns the system's error if an engine's answer about a path names one, and err
// otherwise.
func Reason(err error) error {
	if err == nil || IsErrno(err) || core.KindOf(err) != "" || session.ConnectionBroke(err) || client.IsErrConnectionFailed(err) {
		return err
	}
	text := strings.ToLower(err.Error())
	for _, reason := range reasons {
		if strings.Contains(text, reason.text) {
			return reason.number
		}
	}
	return err
}

// IsErrno reports whether err is the system's about a file, rather than about the connection
// to the agent.
func IsErrno(err error) bool {
	var number syscall.Errno
	return errors.As(err, &number) && core.KindOf(err) == "" && !session.ConnectionBroke(err)
}

// Fault turns an engine's error into a *core.Error; a file's error is unchanged.
func Fault(ctx context.Context, err error) error {
	if err = Reason(err); err == nil || IsErrno(err) && ctx.Err() == nil {
		return err
	}
	return session.Translate(ctx, err)
}
