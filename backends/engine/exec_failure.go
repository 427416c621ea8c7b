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

// failureTexts are how these messages begin.
var failureTexts = []string{"OCI runtime exec failed", "unable to find user", "unable to find group"}

// maxFailureText bounds what is held back, in bytes.
const maxFailureText = 64 << 10

// failureFilter holds an output back as long as it may be such a message. Any other
// output passes at once.
type failureFilter struct {
	to   io.Writer
	held []byte
	open bool // it is the process's own output
}

func (f *failureFilter) Write(p []byte) (int, error) {
	if f.open {
		return f.to.Write(p)
	}
	f.held = append(f.held, p...)
	if len(f.held) <= maxFailureText && mayBeFailure(string(f.held)) {
		return len(p), nil
	}
	return len(p), f.flush()
}

func mayBeFailure(text string) bool {
	for _, begin := range failureTexts {
		if strings.HasPrefix(text, begin) || strings.HasPrefix(begin, text) {
			return true
		}
	}
	return false
}

// flush lets everything through, now and later.
func (f *failureFilter) flush() error {
	f.open = true
	if len(f.held) == 0 {
		return nil
	}
	held := f.held
	f.held = nil
	_, err := f.to.Write(held)
	return err
}

// failed tells whether the process was never started.
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
