package execs

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestDurableOutputHoldsNothingBack: only what may be the last line waits, and that is
// short, whatever follows the mark.
func TestDurableOutputHoldsNothingBack(t *testing.T) {
	for name, c := range map[string]struct{ sent, out, end string }{
		"an end":          {"text\x1em 7\nmore", "text", "7"},
		"a word":          {"\x1em killed\n", "", "killed"},
		"no newline":      {"\x1em " + strings.Repeat("x", 1<<20), "\x1em " + strings.Repeat("x", 1<<20), ""},
		"a newline at on": {"\x1em \ntext\x1em 0\n", "\x1em \ntext", "0"},
		"too long an end": {"\x1em " + strings.Repeat("9", 40) + "\n\x1em 1\n", "\x1em " + strings.Repeat("9", 40) + "\n", "1"},
		"half a mark":     {"a\x1e\x1em 3\n", "a\x1e", "3"},
	} {
		for piece, wrap := range map[string]func(io.Reader) io.Reader{"at once": func(r io.Reader) io.Reader { return r }, "bytewise": iotest.OneByteReader} {
			var out bytes.Buffer
			o := &durableOutput{to: &out, head: []byte("\x1em "), ended: func() {}}
			most := 0
			_, err := io.Copy(writeFunc(func(p []byte) (int, error) {
				n, err := o.Write(p)
				most = max(most, len(o.held))
				return n, err
			}), wrap(strings.NewReader(c.sent)))
			if err != nil || out.String() != c.out || o.end != c.end || most > 64 {
				t.Errorf("%s, %s: %d bytes out, end %q, %d held, %v", name, piece, out.Len(), o.end, most, err)
			}
		}
	}
}

type writeFunc func([]byte) (int, error)

func (w writeFunc) Write(p []byte) (int, error) { return w(p) }

// FuzzDurableOutput: in whatever pieces an output comes, the same comes out.
func FuzzDurableOutput(f *testing.F) {
	f.Add([]byte("text\x1emark 0\n"), 3)
	f.Add([]byte("\x1e\x1emark \x1emark killed\nmore"), 1)
	f.Fuzz(func(t *testing.T, sent []byte, piece int) {
		read := func(size int) (string, string) {
			var out bytes.Buffer
			o := &durableOutput{to: &out, head: []byte("\x1emark "), ended: func() {}}
			for rest := sent; len(rest) > 0; {
				n := min(size, len(rest))
				if _, err := o.Write(rest[:n:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			return out.String() + string(o.held), o.end
		}
		whole, end := read(len(sent) + 1)
		pieces, again := read(1 + (piece&0xff)%7)
		if whole != pieces || end != again {
			t.Errorf("%q with %q in pieces, %q with %q at once", pieces, again, whole, end)
		}
	})
}
