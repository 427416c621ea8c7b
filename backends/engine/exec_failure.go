package engine

import (
	"io"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// An engine that cannot start an exec's process says why in the stream, as if the
// process had written it to stdout, and gives 126 or 127 (20.10: always 126). Such a
// process has no ID.

// failed reports whether the process was never started.
func failed(info container.ExecInspect) bool {
	return info.Pid == 0 && !info.Running && (info.ExitCode == 126 || info.ExitCode == 127)
}

// execFailure makes a result of the engine's message: docker's exit code, and the text
// on stderr.
func execFailure(message string, code int, stderr io.Writer) (core.CommandResult, error) {
	message = strings.TrimSpace(message)
	switch {
	case strings.Contains(message, "argument list too long"):
		return core.CommandResult{}, argumentsTooLong()
	case strings.HasPrefix(message, "unable to find user"), strings.HasPrefix(message, "unable to find group"):
		return core.CommandResult{}, core.Errorf(core.KindInvalidArgument, "%s", message)
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

func argumentsTooLong() *core.Error {
	return core.Errorf(core.KindInvalidArgument, "the command's arguments are longer than the kernel takes (128 KiB each, about 2 MiB in all): send the text by stdin, or copy a file")
}
