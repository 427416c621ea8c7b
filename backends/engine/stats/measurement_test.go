package stats

import (
	"encoding/json"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// Documents of engines, without what nobody reads. The second one is that of a host with cgroups v2.
const (
	ofV1 = `{"read":"2026-11-27T19:57:51.70803425Z","preread":"2026-11-27T19:57:50.7Z","name":"/box","id":"6fc3","pids_stats":{"current":2},
		"blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":10},{"op":"Write","value":20},{"op":"Sync","value":30},
			{"op":"Total","value":60},{"op":"Read","value":1},{"op":"","value":5}]},
		"cpu_stats":{"cpu_usage":{"total_usage":530000000,"percpu_usage":[1,2]},"system_cpu_usage":5002000000},
		"precpu_stats":{"cpu_usage":{"total_usage":30000000},"system_cpu_usage":3002000000},
		"memory_stats":{"usage":1000,"limit":4000,"stats":{"cache":900,"inactive_file":1,"total_inactive_file":200}},
		"networks":{"eth0":{"rx_bytes":3,"tx_bytes":5},"eth1":{"rx_bytes":40,"tx_bytes":60}}}`
	ofV2 = `{"read":"2026-11-27T20:57:51+01:00","preread":"2026-11-27T19:57:50Z","name":"/box","id":"6fc3",
		"blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":7},{"op":"write","value":8}]},
		"cpu_stats":{"cpu_usage":{"total_usage":30000000},"system_cpu_usage":5002000000,"online_cpus":8},
		"precpu_stats":{"cpu_usage":{"total_usage":30000000},"system_cpu_usage":3002000000,"online_cpus":8},
		"memory_stats":{"usage":1000,"limit":0,"stats":{"inactive_file":400,"total_inactive":300}}}`
	ofStopped = `{"read":"0001-01-01T00:00:00Z","preread":"0001-01-01T00:00:00Z","name":"/box","id":"6fc3","memory_stats":{}}`
)

func measured(t *testing.T, document string) *measurement {
	t.Helper()
	m := &measurement{raw: json.RawMessage(document)}
	if err := m.decode(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		name, document string
		want           core.ContainerStats
	}{
		{"cgroups v1", ofV1, core.ContainerStats{
			Read: "2026-11-27T19:57:51.70803425Z", CPUPercent: 50, Memory: 800, MemoryLimit: 4000, MemoryPercent: 20,
			NetworkReceived: 43, NetworkSent: 65, BlockRead: 11, BlockWritten: 20, PIDs: 2,
		}},
		{"cgroups v2", ofV2, core.ContainerStats{Read: "2026-11-27T19:57:51Z", Memory: 600, BlockRead: 7, BlockWritten: 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := measured(t, c.document)
			got := m.stats()
			c.want.Event, c.want.ID, c.want.Name = "stats", "6fc3", "box"
			if string(got.Raw) != c.document {
				t.Errorf("got %s", got.Raw)
			}
			got.Raw = nil
			if gotText, wantText := text(t, got), text(t, c.want); gotText != wantText || !m.running() || !m.comparable() {
				t.Errorf("got %s; want %s", gotText, wantText)
			}
		})
	}
}

func text(t *testing.T, s core.ContainerStats) string {
	t.Helper()
	written, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

func TestWhatIsNoSample(t *testing.T) {
	if measured(t, ofStopped).running() {
		t.Error("a container that does not run has a sample")
	}
	first := measured(t, ofV1)
	first.PreRead = first.PreRead.AddDate(-2025, 0, 0)
	if !first.running() || first.comparable() {
		t.Error("the first measurement of a stream has one before it")
	}
	restarted := measured(t, ofV1)
	restarted.CPUStats.CPUUsage.TotalUsage = 5
	if restarted.comparable() {
		t.Error("other processes are compared")
	}
}

func TestDocumentsOfAnotherForm(t *testing.T) {
	for _, document := range []string{`5`, `[]`, `{"cpu_stats":7}`, `{"read":"yesterday"}`, `{"read":"9999-12-31T23:59:59-01:00"}`} {
		m := &measurement{raw: json.RawMessage(document)}
		if err := m.decode(); core.KindOf(err) != core.KindEngineError {
			t.Errorf("%s: got %v", document, err)
		}
	}
}
