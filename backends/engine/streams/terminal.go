package streams

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// A terminal has no end of input that could be closed: engines answer the half close of an
// attached stream by closing the terminal's output, too. Its readers see an end by the
// character that stands for it, as when a person presses ^D.
//
// The terminal takes that character as the end at the start of a line only; after an
// unfinished line it hands that line to the reader, and a second one is the end. The end
// is for one read, and a program that sets the terminal up after it has come does not see
// it, so it is repeated, ever more rarely, while the process runs: as with a closed pipe,
// every read there is sees the end.
const endOfInput = 0x04

const (
	firstRepeat = 500 * time.Millisecond
	lastRepeat  = time.Minute
)

// terminalInput is the input of an attached process: one that ends at once where the
// process has a terminal with an input, and the caller has none.
func TerminalInput(s core.Streams, tty, attached bool) io.Reader {
	switch {
	case !attached:
		return nil
	case tty && s.Stdin == nil:
		return bytes.NewReader(nil)
	}
	return s.Stdin
}

// feedTerminal moves an input to a terminal, and its end until ctx ends.
func FeedTerminal(ctx context.Context, to io.Writer, from io.Reader) {
	lines := &lineWriter{to: to, last: '\n'}
	_, _ = io.CopyBuffer(lines, from, make([]byte, BufferSize))
	end := []byte{endOfInput}
	if !lines.finished() {
		end = append(end, endOfInput)
	}
	for pause := firstRepeat; ctx.Err() == nil; pause = min(2*pause, lastRepeat) {
		if _, err := to.Write(end); err != nil || session.Sleep(ctx, pause) != nil {
			return
		}
		end = end[:1]
	}
}

// lineWriter remembers how its output ended.
type lineWriter struct {
	to   io.Writer
	last byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if n > 0 {
		w.last = p[n-1]
	}
	return n, err
}

// finished reports whether a terminal is at the start of a line now.
func (w *lineWriter) finished() bool {
	return w.last == '\n' || w.last == '\r' || w.last == endOfInput
}
