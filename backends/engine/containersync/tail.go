package containersync

import (
	"bytes"
	"io"
)

// endMark is how many zeros end an archive. Without them, a cut archive would look like one of
// fewer files, and a sync would delete the others.
const endMark = 1024

// tail counts the zeros at the end of what was read so far.
type tail struct {
	from  io.Reader
	zeros int64
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	rest := bytes.TrimRight(p[:n], "\x00")
	if len(rest) > 0 {
		t.zeros = 0
	}
	t.zeros += int64(n - len(rest))
	return n, err
}
