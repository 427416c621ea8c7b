package streams

import (
	"errors"
	"io"
)

// Skipper drops the first bytes of a log: those that a reader has. It fails if they differ.
type Skipper struct {
	to     io.Writer
	before int64 // bytes that come before those
	left   int64
	sums   checksum
	want   checksum
}

// ErrOtherLog says that a log does not begin with what was delivered.
var ErrOtherLog = errors.New("the log does not have the output from its beginning")

// Skip returns a Skipper that passes on what to has not delivered yet.
func Skip(to *Counter) *Skipper {
	return &Skipper{to: to, left: to.done.Load(), want: to.sums}
}

// SkipFrom is Skip for a log that has some bytes more at its beginning: they are dropped.
func SkipFrom(to *Counter, before int64) *Skipper {
	s := Skip(to)
	s.before = before
	return s
}

// RefuseReplaced makes s fail with ErrReplaced if what it passes on contains U+FFFD.
func (s *Skipper) RefuseReplaced() { s.to = &replacementRefuser{to: s.to} }

// Missing returns how many of the delivered bytes the log lacked.
func (s *Skipper) Missing() int64 { return s.left }

// Write implements io.Writer.
func (s *Skipper) Write(p []byte) (int, error) {
	size := len(p)
	early := min(s.before, int64(size))
	s.before -= early
	p = p[early:]
	drop := min(s.left, int64(len(p)))
	if drop > 0 {
		s.left -= drop
		same := s.sums.add(p[:drop], &s.want)
		if !same || (s.left == 0 && s.sums.sum != s.want.sum) {
			return 0, ErrOtherLog
		}
	}
	if drop == int64(len(p)) {
		return size, nil
	}
	n, err := s.to.Write(p[drop:])
	return int(early+drop) + n, err
}
