// Package bounded limits how much memory a remote side can make this one use for one
// answer, one list or one message. What the caller asked to collect (the files of a
// download, the output of a command) has its own bounds. It imports only core.
package bounded

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/proboscis/ml_nexus_go/core"
)

// Limit is the most that one answer, list or message may take, in bytes.
const Limit = 64 << 20

// Reason is details["reason"] of this package's errors.
const Reason = "too_large"

// TooLarge returns the error about something that is larger than limit bytes.
func TooLarge(what string, limit int64) *core.Error {
	size, unit := limit>>20, "MiB"
	if limit < 1<<20 {
		size, unit = limit>>10, "KiB"
	}
	return core.Errorf(core.KindEngineError, "%s is larger than %d %s, the most that this client accepts", what, size, unit).With("reason", Reason)
}

// IsTooLarge reports whether err is about something larger than its limit.
func IsTooLarge(err error) bool {
	var known *core.Error
	return errors.As(err, &known) && known.Details["reason"] == Reason
}

// Reader reads r up to limit bytes; more than that is a TooLarge error.
func Reader(r io.Reader, what string, limit int64) io.Reader {
	return &reader{from: r, left: limit, what: what, limit: limit}
}

type reader struct {
	from        io.Reader
	left, limit int64
	what        string
}

func (r *reader) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, TooLarge(r.what, r.limit)
	}
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1] // one more, to see whether it ends there
	}
	n, err := r.from.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return n - 1, TooLarge(r.what, r.limit)
	}
	return n, err
}

// ReadAll reads up to limit bytes; a reader that has more is a TooLarge error.
func ReadAll(r io.Reader, what string, limit int64) ([]byte, error) {
	return Collect(Reader(r, what, limit))
}

// Collect is io.ReadAll without its spare room and its copies: it keeps what arrives in
// pieces, and joins them at the end.
func Collect(r io.Reader) ([]byte, error) {
	const first, most = 4 << 10, 1 << 20
	var pieces [][]byte
	for size := first; ; size = min(2*size, most) {
		piece := make([]byte, size)
		n, err := fill(r, piece)
		pieces = append(pieces, piece[:n])
		if err == nil {
			continue
		}
		if err == io.EOF {
			err = nil
		}
		if len(pieces) == 1 {
			return pieces[0], err
		}
		return slices.Concat(pieces...), err
	}
}

// fill is io.ReadFull, but leaves the reader's error as it is: an answer that breaks off in the
// middle ends with io.ErrUnexpectedEOF itself.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var more int
		more, err = r.Read(p[n:])
		n += more
	}
	if n == len(p) && err == io.EOF {
		err = nil // it comes again
	}
	return n, err
}

// ReadFile reads a file of at most limit bytes.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f, path, limit)
}

// Count adds up the size of a list.
type Count struct {
	What  string
	Limit int64
	taken int64
}

// Add counts n more bytes; beyond the limit it returns a TooLarge error.
func (c *Count) Add(n int) error {
	if c.taken += int64(n); c.taken > c.Limit {
		return TooLarge(c.What, c.Limit)
	}
	return nil
}

// Buffer collects up to Limit written bytes; more than that is a TooLarge error.
type Buffer struct {
	What  string
	Limit int64
	text  []byte
	over  bool
}

// Err returns the error about what did not fit, or nil.
func (b *Buffer) Err() error {
	if b.over {
		return TooLarge(b.What, b.Limit)
	}
	return nil
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	room := max(0, b.Limit-int64(len(b.text)))
	if int64(len(p)) > room {
		b.text, b.over = append(b.text, p[:room]...), true
		return int(room), TooLarge(b.What, b.Limit)
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

// Bytes returns what was collected.
func (b *Buffer) Bytes() []byte { return b.text }

// String returns what was collected.
func (b *Buffer) String() string { return string(b.text) }

// Head collects the first Limit bytes of what is written, and drops the rest.
type Head struct {
	Limit int
	text  []byte
}

// Write implements io.Writer.
func (h *Head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), max(0, h.Limit-len(h.text)))]...)
	return len(p), nil
}

// Bytes returns what was kept.
func (h *Head) Bytes() []byte { return h.text }

// String returns what was kept.
func (h *Head) String() string { return string(h.text) }
