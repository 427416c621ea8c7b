package streams

import (
	"errors"
	"io"
)

// ErrReplaced says that a log contains something other than what was written.
var ErrReplaced = errors.New("the log has replacement characters for bytes that are not UTF-8")

// replacementRefuser fails at the first U+FFFD: a json-file log has that for every byte
// that is not UTF-8, and the original byte is unknown.
type replacementRefuser struct {
	to   io.Writer
	seen int // how many bytes of the character came last
}

func (r *replacementRefuser) Write(p []byte) (int, error) {
	const replacement = "\uFFFD"
	for i, c := range p {
		switch {
		case c == replacement[r.seen]:
			r.seen++
		case c == replacement[0]:
			r.seen = 1
		default:
			r.seen = 0
		}
		if r.seen == len(replacement) {
			n, err := r.to.Write(p[:max(0, i+1-len(replacement))])
			if err == nil {
				err = ErrReplaced
			}
			return n, err
		}
	}
	return r.to.Write(p)
}
