package engine

import (
	"errors"
	"hash/crc32"
	"io"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/core"
)

// counter passes on what is written, counts what arrived and sums it up: the position
// in an output from which a lost stream goes on, and the proof that a log has the same.
type counter struct {
	to   io.Writer
	done atomic.Int64
	sums checksum
	line int64 // bytes since the last newline
}

func (c *counter) Write(p []byte) (n int, err error) {
	if n = len(p); c.to != nil {
		n, err = c.to.Write(p)
	}
	c.done.Add(int64(n))
	c.sums.add(p[:n], nil)
	c.line = unfinishedLine(c.line, p[:n])
	return n, err
}

// checksum sums up a stream, and keeps the sum at each power of two on the way, so that
// a stream that is another one shows early.
type checksum struct {
	at  int64
	sum uint32
	log []uint32 // at firstMark, 2*firstMark, 4*firstMark...
}

const firstMark = 64

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// add tells, where a stream to compare with is given, whether the two are the same at
// every mark that both have passed.
func (c *checksum) add(p []byte, with *checksum) (same bool) {
	same = true
	for len(p) > 0 {
		mark := int64(firstMark) << len(c.log)
		n := min(int64(len(p)), mark-c.at)
		c.sum = crc32.Update(c.sum, castagnoli, p[:n])
		c.at += n
		p = p[n:]
		if c.at == mark {
			if k := len(c.log); with != nil && k < len(with.log) && with.log[k] != c.sum {
				same = false
			}
			c.log = append(c.log, c.sum)
		}
	}
	return same
}

// skipping drops the first bytes of a log: those that a reader has. It fails where
// they are not the same.
type skipping struct {
	to   io.Writer
	left int64
	sums checksum
	want checksum
}

// errOtherLog says that a log does not begin with what was delivered of it.
var errOtherLog = errors.New("the log does not have the output from its beginning")

func skipDelivered(to *counter) *skipping {
	return &skipping{to: to, left: to.done.Load(), want: to.sums}
}

func (s *skipping) Write(p []byte) (int, error) {
	drop := min(s.left, int64(len(p)))
	if drop > 0 {
		s.left -= drop
		same := s.sums.add(p[:drop], &s.want)
		if !same || (s.left == 0 && s.sums.sum != s.want.sum) {
			return 0, errOtherLog
		}
	}
	if drop == int64(len(p)) {
		return len(p), nil
	}
	n, err := s.to.Write(p[drop:])
	return int(drop) + n, err
}

// errReplaced says that a log has something else in the place of what was written.
var errReplaced = errors.New("the log has replacement characters for bytes that are no UTF-8")

// refusingReplaced fails at the first U+FFFD: a json-file log has that for every byte
// that is no UTF-8, and what it was cannot be told.
type refusingReplaced struct {
	to   io.Writer
	seen int // how many bytes of the character came last
}

func (r *refusingReplaced) Write(p []byte) (int, error) {
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
				err = errReplaced
			}
			return n, err
		}
	}
	return r.to.Write(p)
}

// tracked tells whether an input was read to its end: the container sees the end of
// its input when the connection is lost, and nothing can be added after that.
type tracked struct {
	from io.Reader
	end  atomic.Bool
}

func trackInput(from io.Reader) *tracked { return &tracked{from: from} }

// reader is nil where there is no input.
func (t *tracked) reader() io.Reader {
	if t.from == nil {
		return nil
	}
	return t
}

func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if err == io.EOF {
		t.end.Store(true)
	}
	return n, err
}

// cut is the error of a lost connection where the input was not at its end.
func (t *tracked) cut(cause error) error {
	if t.from == nil || t.end.Load() {
		return nil
	}
	return core.Errorf(core.KindConnectionLost, "the connection to the engine was lost while the container still took input, which it cannot take further: %w", cause)
}
