package streams

import (
	"io"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// An engine that cannot start an exec's process says why in the stream, as if the
// process had written it to stdout, and gives 126 or 127 (20.10: always 126). Such a
// process has no ID.

// NeverStarted reports whether the process was never started.
func NeverStarted(info container.ExecInspect) bool {
	return info.Pid == 0 && !info.Running && (info.ExitCode == 126 || info.ExitCode == 127)
}

// ExecFailure makes a result of the engine's message: docker's exit code, and the text
// on stderr.
func ExecFailure(message string, code int, stderr io.Writer) (core.CommandResult, error) {
	message = strings.TrimSpace(message)
	switch {
	case strings.Contains(message, "argument list too long"):
		return core.CommandResult{}, ArgumentsTooLong()
	case strings.HasPrefix(message, "unable to find user"), strings.HasPrefix(message, "unable to find group"):
		return core.CommandResult{}, core.Errorf(core.KindInvalidArgument, "%s", message)
	case session.IsContainerdAway(message):
		return core.CommandResult{}, core.Errorf(core.KindEngineError, "the process was not started: %s", message).With("reason", session.ContainerdAway)
	}
	if known := failureCode(message); known != 0 {
		code = known
	}
	if stderr != nil {
		if _, err := io.WriteString(stderr, message+"\n"); err != nil {
			return core.CommandResult{}, err
		}
	}
	return core.CommandResult{ExitCode: code}, nil
}

// ArgumentsTooLong is the error of a command that is too long for the kernel.
func ArgumentsTooLong() *core.Error {
	return core.Errorf(core.KindInvalidArgument, "the command's arguments are longer than the kernel takes (128 KiB each, about 2 MiB in all): send the text by stdin, or copy a file")
}

// StartFailureCode returns docker's exit code for a command that cannot be run, or 0.
func StartFailureCode(err error) int {
	if err == nil || core.KindOf(err) != "" || cerrdefs.IsConflict(err) || session.ConnectionBroke(err) {
		return 0
	}
	return failureCode(err.Error())
}

// failureCode is what docker's CLI makes of the engine's reason, or 0.
func failureCode(text string) int {
	switch {
	case strings.Contains(text, "executable file not found"),
		strings.Contains(text, "exec") && strings.Contains(text, "no such file or directory") && !strings.Contains(text, "mount"):
		return 127
	case strings.Contains(text, "exec") && strings.Contains(text, "permission denied") && !strings.Contains(text, "mount"),
		strings.Contains(text, "exec format error"), strings.Contains(text, "is a directory") && strings.Contains(text, "exec"):
		return 126
	}
	return 0
}
