package engine

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// sending keeps the error of reading what is sent: an HTTP client says only that it could
// not send it.
type sending struct {
	from io.Reader
	mu   sync.Mutex
	err  error
}

func (s *sending) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	return n, err
}

func (s *sending) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, io.ErrClosedPipe) {
		return nil
	}
	return s.err
}

// byteMeter reports how much was read, not too often, and the total at the end.
type byteMeter struct {
	from  io.Reader
	emit  func(any)
	total int64
	done  int64
	last  time.Time
}

func newByteMeter(wanted bool, emit func(any), total int64) *byteMeter {
	if !wanted {
		emit = nil
	}
	return &byteMeter{emit: emit, total: total}
}

// reader counts what is read from from.
func (m *byteMeter) reader(from io.Reader) io.Reader {
	if m.emit == nil {
		return from
	}
	m.from = from
	return m
}

func (m *byteMeter) Read(p []byte) (int, error) {
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

func (m *byteMeter) report() {
	if m.emit != nil {
		m.emit(core.Progress{Event: "progress", Done: m.done, Total: m.total})
	}
}
