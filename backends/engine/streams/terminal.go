package streams

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// A terminal's input cannot be closed: engines answer the half close of an attached stream
// by closing the terminal's output, too. Its readers see the end through a character, as
// when a person presses ^D.
//
// The terminal treats that character as the end only at the start of a line; after an
// unfinished line it passes that line to the reader, and a second one is the end. The end
// counts for one read, and a program that sets up the terminal later misses it, so it is
// repeated, less and less often, while the process runs: as with a closed pipe, every read
// sees the end.
const endOfInput = 0x04

const (
	firstRepeat = 500 * time.Millisecond
	lastRepeat  = time.Minute
)

// TerminalInput returns the input of an attached process: one that ends at once if the
// process has a terminal with an input but the caller has none.
func TerminalInput(s core.Streams, tty, attached bool) io.Reader {
	switch {
	case !attached:
		return nil
	case tty && s.Stdin == nil:
		return bytes.NewReader(nil)
	}
	return s.Stdin
}

// FeedTerminal copies an input to a terminal, and then repeats its end until ctx ends. An input
// that fails, since its caller gave it up, has no end that the process could be told.
func FeedTerminal(ctx context.Context, to io.Writer, from io.Reader) {
	lines := &lineWriter{to: to, last: '\n'}
	if _, err := io.CopyBuffer(lines, from, make([]byte, BufferSize)); err != nil {
		return
	}
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

// finished reports whether the terminal is at the start of a line.
func (w *lineWriter) finished() bool {
	return w.last == '\n' || w.last == '\r' || w.last == endOfInput
}
