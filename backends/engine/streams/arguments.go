package streams

import (
	"bytes"
	"io"
)

// The kernel accepts 128 KiB in one argument (with pages of 4 KiB) and about 2 MiB in
// all. Beyond that, the container's first process says so on its stderr and exits with 1 or
// 255 instead of becoming the command.
const (
	longArgument  = 128<<10 - 1
	longArguments = 1 << 20
)

// ArgumentWatch is a stderr that knows whether it is that message. It is used only if the
// arguments are long enough for it.
type ArgumentWatch struct {
	to    io.Writer
	first []byte
	total int
}

// WatchArguments returns nil if the arguments are short.
func WatchArguments(argv []string, to io.Writer) *ArgumentWatch {
	total, long := 0, false
	for _, a := range argv {
		total += len(a) + 1
		long = long || len(a) >= longArgument
	}
	if !long && total < longArguments {
		return nil
	}
	return &ArgumentWatch{to: to}
}

// Write implements io.Writer.
func (w *ArgumentWatch) Write(p []byte) (int, error) {
	w.total += len(p)
	if room := 4096 - len(w.first); room > 0 {
		w.first = append(w.first, p[:min(room, len(p))]...)
	}
	if w.to == nil {
		return len(p), nil
	}
	return w.to.Write(p)
}

// Refused reports whether a process that exited with code never became the command.
func (w *ArgumentWatch) Refused(code int) bool {
	return w != nil && (code == 1 || code == 255) && w.total == len(w.first) &&
		bytes.HasPrefix(w.first, []byte("exec ")) && bytes.HasSuffix(w.first, []byte(": argument list too long\n"))
}
