package streams

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// Sending keeps the error of reading what is sent: an HTTP client says only that it could
// not send it.
type Sending struct {
	from io.Reader
	mu   sync.Mutex
	err  error
}

// NewSending returns a Sending that reads from from.
func NewSending(from io.Reader) *Sending { return &Sending{from: from} }

// Read implements io.Reader.
func (s *Sending) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	return n, err
}

// Failure returns the error of reading; nil where there was none.
func (s *Sending) Failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, io.ErrClosedPipe) {
		return nil
	}
	return s.err
}

// ByteMeter reports how much was read, not too often, and the total at the end.
type ByteMeter struct {
	from  io.Reader
	emit  func(any)
	total int64
	done  int64
	last  time.Time
}

// NewByteMeter returns a ByteMeter; nobody listens unless wanted. total is in bytes, -1 if unknown.
func NewByteMeter(wanted bool, emit func(any), total int64) *ByteMeter {
	if !wanted {
		emit = nil
	}
	return &ByteMeter{emit: emit, total: total}
}

// Reader counts what is read from from.
func (m *ByteMeter) Reader(from io.Reader) io.Reader {
	if m.emit == nil {
		return from
	}
	m.from = from
	return m
}

// Read implements io.Reader.
func (m *ByteMeter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.done += int64(n)
	if errors.Is(err, io.EOF) && m.total < 0 {
		m.total = m.done
		m.report()
		return n, err
	}
	if now := time.Now(); now.Sub(m.last) >= core.ProgressInterval || m.done == m.total && n > 0 {
		m.last = now
		m.report()
	}
	return n, err
}

func (m *ByteMeter) report() {
	if m.emit != nil {
		m.emit(core.Progress{Event: "progress", Done: m.done, Total: m.total})
	}
}
