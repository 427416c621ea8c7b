package streams

import (
	"errors"
	"io"
)

// Skipper drops the first bytes of a log: those that a reader has. It fails if they differ.
type Skipper struct {
	to   io.Writer
	left int64
	sums checksum
	want checksum
}

// ErrOtherLog says that a log does not begin with what was delivered.
var ErrOtherLog = errors.New("the log does not have the output from its beginning")

// Skip returns a Skipper that passes on what to has not delivered yet.
func Skip(to *Counter) *Skipper {
	return &Skipper{to: to, left: to.done.Load(), want: to.sums}
}

// RefuseReplaced makes s fail with ErrReplaced if what it passes on contains U+FFFD.
func (s *Skipper) RefuseReplaced() { s.to = &replacementRefuser{to: s.to} }

// Missing returns how many of the delivered bytes the log lacked.
func (s *Skipper) Missing() int64 { return s.left }

// Write implements io.Writer.
func (s *Skipper) Write(p []byte) (int, error) {
	drop := min(s.left, int64(len(p)))
	if drop > 0 {
		s.left -= drop
		same := s.sums.add(p[:drop], &s.want)
		if !same || (s.left == 0 && s.sums.sum != s.want.sum) {
			return 0, ErrOtherLog
		}
	}
	if drop == int64(len(p)) {
		return len(p), nil
	}
	n, err := s.to.Write(p[drop:])
	return int(drop) + n, err
}
