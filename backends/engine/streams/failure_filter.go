package streams

import (
	"io"
	"strings"
)

// An engine that cannot start an exec's process says why in the stream, as if the process
// had written it to stdout.

// failureTexts are how these messages begin.
var failureTexts = []string{
	"OCI runtime exec failed", "unable to find user", "unable to find group",
	"connection error: desc = ", "Unavailable: ", // of a containerd that is away, by engines 20.10 and current ones
}

// maxFailureText bounds what is held back, in bytes.
const maxFailureText = 64 << 10

// FailureFilter holds back an output while it may be such a message. Any other output
// passes at once.
type FailureFilter struct {
	to   io.Writer
	held []byte
	open bool // it is the process's own output
}

// NewFailureFilter returns a FailureFilter that writes to to.
func NewFailureFilter(to io.Writer) *FailureFilter { return &FailureFilter{to: to} }

// Text returns what is held back, without space around it: the engine's message, if the
// process was never started.
func (f *FailureFilter) Text() string { return strings.TrimSpace(string(f.held)) }

// Write implements io.Writer.
func (f *FailureFilter) Write(p []byte) (int, error) {
	if f.open {
		return f.to.Write(p)
	}
	f.held = append(f.held, p...)
	if len(f.held) <= maxFailureText && mayBeFailure(string(f.held)) {
		return len(p), nil
	}
	return len(p), f.Flush()
}

func mayBeFailure(text string) bool {
	for _, begin := range failureTexts {
		if strings.HasPrefix(text, begin) || strings.HasPrefix(begin, text) {
			return true
		}
	}
	return false
}

// Flush lets everything through, now and later.
func (f *FailureFilter) Flush() error {
	f.open = true
	if len(f.held) == 0 {
		return nil
	}
	held := f.held
	f.held = nil
	_, err := f.to.Write(held)
	return err
}
