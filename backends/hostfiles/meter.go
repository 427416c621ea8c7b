package hostfiles

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// Meter counts what was moved and reports it, at most ten times a second. Its methods are
// safe for concurrent use; a nil Meter counts nothing.
type Meter struct {
	done, files, total atomic.Int64
	resumed            atomic.Int64 // of done: moved by an earlier attempt

	mu     sync.Mutex
	report func(core.Progress)
	last   time.Time
}

// NewMeter makes a meter; report may be nil.
func NewMeter(wanted bool, report func(core.Progress)) *Meter {
	m := &Meter{}
	if wanted {
		m.report = report
	}
	m.total.Store(-1)
	return m
}

// SetTotal says how many bytes there will be.
func (m *Meter) SetTotal(bytes int64) {
	if m != nil {
		m.total.Store(bytes)
	}
}

// Resumed notes content that was there already from an interrupted copy.
func (m *Meter) Resumed(n int64) {
	if m != nil {
		m.resumed.Add(n)
		m.Bytes(n)
	}
}

// Bytes notes content that was moved.
func (m *Meter) Bytes(n int64) {
	if m != nil {
		m.done.Add(n)
		m.tick(false)
	}
}

// File notes that a file is complete.
func (m *Meter) File() {
	if m != nil {
		m.files.Add(1)
		m.tick(false)
	}
}

// End reports the final state.
func (m *Meter) End() {
	if m != nil {
		m.tick(true)
	}
}

// Moved returns the bytes that were moved, each time they were.
func (m *Meter) Moved() int64 { return m.done.Load() - m.resumed.Load() }

func (m *Meter) tick(always bool) {
	if m.report == nil || !always && !m.mu.TryLock() {
		return
	}
	if always {
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	if now := time.Now(); always || now.Sub(m.last) >= core.ProgressInterval {
		m.last = now
		m.report(core.Progress{Event: "progress", Done: m.done.Load(), Total: m.total.Load(), Files: m.files.Load()})
	}
}
