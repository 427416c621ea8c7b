package stats

import (
	"encoding/json"
	"testing"
	"time"
)

// FuzzMeasurement: what an engine says a container uses is refused, or can be written as JSON,
// with a time that everybody can read and no share below zero.
func FuzzMeasurement(f *testing.F) {
	f.Add([]byte(`{"read":"2026-01-02T03:04:05Z","preread":"2026-01-02T03:04:04Z","id":"x","name":"/n","cpu_stats":{"cpu_usage":{"total_usage":9,"percpu_usage":[1,2]},"system_cpu_usage":20},"precpu_stats":{"system_cpu_usage":1},"memory_stats":{"usage":5,"limit":10,"stats":{"inactive_file":2}}}`))
	f.Add([]byte(`{"read":"0001-01-01T00:00:00Z","networks":{"eth0":{"rx_bytes":18446744073709551615},"eth1":{"rx_bytes":1}}}`))
	f.Add([]byte(`{"read":"9999-12-31T23:59:59-12:00","blkio_stats":{"io_service_bytes_recursive":[{"op":"READ","value":1},{"op":"write"}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return // the stream's decoder refuses it
		}
		m := &measurement{raw: raw}
		if m.decode() != nil {
			return
		}
		_, _ = m.running(), m.comparable()
		s := m.stats()
		if _, err := json.Marshal(s); err != nil || s.CPUPercent < 0 || s.MemoryPercent < 0 || s.Memory > m.MemoryStats.Usage {
			t.Errorf("%+v, %v", s, err)
		}
		if at, err := time.Parse(time.RFC3339Nano, s.Read); m.running() && (err != nil || !at.Equal(m.Read)) {
			t.Errorf("%q, %v", s.Read, err)
		}
	})
}
