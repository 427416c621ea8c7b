package stats

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// measurement is one document of an engine.
type measurement struct {
	container.StatsResponse
	raw json.RawMessage
}

func (m *measurement) decode() error {
	if err := json.Unmarshal(m.raw, &m.StatsResponse); err != nil {
		return core.Errorf(core.KindEngineError, "the engine's statistics are not of the form that docker's have: %w", err)
	}
	if bounded.TooDeep(m.raw) {
		return core.Errorf(core.KindEngineError, "the engine's statistics are nested deeper than docker's are")
	}
	if m.Read = m.Read.UTC(); m.Read.Year() > 9999 {
		return core.Errorf(core.KindEngineError, "the engine's statistics are of the year %d", m.Read.Year())
	}
	return nil
}

// running reports whether the container ran: an engine sends documents of the year 1 of others.
func (m *measurement) running() bool { return m.Read.Year() > 1 }

// comparable reports whether there is a measurement before this one, of the same processes. The
// first one of a stream says what the container has used since it was started, not what it uses.
func (m *measurement) comparable() bool {
	return m.PreRead.Year() > 1 && m.CPUStats.CPUUsage.TotalUsage >= m.PreCPUStats.CPUUsage.TotalUsage
}

// stats returns what docker stats shows. Its formulas are those of docker's CLI, which does not
// export them:
// https://github.com/docker/cli/blob/v28.5.2/cli/command/container/stats_helpers.go
func (m *measurement) stats() core.ContainerStats {
	memory := memoryWithoutCache(m.MemoryStats)
	s := core.ContainerStats{
		Event: "stats", ID: m.ID, Name: strings.TrimPrefix(m.Name, "/"), Read: m.Read.Format(time.RFC3339Nano),
		CPUPercent: m.cpuPercent(), Memory: memory, MemoryLimit: m.MemoryStats.Limit, PIDs: m.PidsStats.Current, Raw: m.raw,
	}
	if limit := m.MemoryStats.Limit; limit != 0 {
		s.MemoryPercent = float64(memory) / float64(limit) * 100
	}
	for _, network := range m.Networks {
		s.NetworkReceived += network.RxBytes
		s.NetworkSent += network.TxBytes
	}
	for _, entry := range m.BlkioStats.IoServiceBytesRecursive {
		switch strings.ToLower(entry.Op) {
		case "read":
			s.BlockRead += entry.Value
		case "write":
			s.BlockWritten += entry.Value
		}
	}
	return s
}

// cpuPercent compares what the container used with what the whole machine had, idle or not.
func (m *measurement) cpuPercent() float64 {
	used := float64(m.CPUStats.CPUUsage.TotalUsage) - float64(m.PreCPUStats.CPUUsage.TotalUsage)
	passed := float64(m.CPUStats.SystemUsage) - float64(m.PreCPUStats.SystemUsage)
	processors := float64(m.CPUStats.OnlineCPUs)
	if processors == 0 {
		processors = float64(len(m.CPUStats.CPUUsage.PercpuUsage))
	}
	if used <= 0 || passed <= 0 {
		return 0
	}
	return used / passed * processors * 100
}

// memoryWithoutCache leaves out what the kernel can take back at any time. Its name says which
// cgroups the engine has.
func memoryWithoutCache(m container.MemoryStats) uint64 {
	if cache, isV1 := m.Stats["total_inactive_file"]; isV1 && cache < m.Usage {
		return m.Usage - cache
	}
	if cache := m.Stats["inactive_file"]; cache < m.Usage {
		return m.Usage - cache
	}
	return m.Usage
}
