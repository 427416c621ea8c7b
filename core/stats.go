package core

import (
	"context"
	"encoding/json"
)

// Stats measures what containers use. The engine measures once a second.
type Stats interface {
	// ContainerStats waits for two measurements, as the share of the processors is what was used
	// between them. ContainerNotRunning where it does not run.
	ContainerStats(ctx context.Context, req ContainerRequest) (ContainerStats, error)
	// StreamContainerStats sends ContainerStats to event until the container stops. It goes on
	// after a lost connection.
	StreamContainerStats(ctx context.Context, req ContainerRequest, event func(any)) error
	// AllStats sends the ContainerStats of many containers to event, which may be called by
	// several goroutines at once. Containers join when they start, and leave when they stop. It
	// ends with ctx, or once all the containers that it names are removed.
	AllStats(ctx context.Context, req StatsRequest, event func(any)) error
}

// StatsRequest asks for what the named containers use, all of which must exist, or those that
// pass docker's filters; without either, all that run.
type StatsRequest struct {
	Containers []string            `json:"containers,omitempty"`
	Filters    map[string][]string `json:"filters,omitempty"`
}

// ContainerStats is what a container uses, as docker stats shows it. Sizes are in bytes; those
// of network and block devices count from the container's start.
type ContainerStats struct {
	Event string `json:"event"` // "stats"
	ID    string `json:"id"`
	Name  string `json:"name"`
	Node  string `json:"node,omitempty"` // of a fleet: where it runs
	Read  string `json:"read"`           // RFC 3339
	// CPUPercent is 100 for one processor that is used all the time.
	CPUPercent      float64 `json:"cpu_percent"`
	Memory          uint64  `json:"memory"` // without the cache
	MemoryLimit     uint64  `json:"memory_limit"`
	MemoryPercent   float64 `json:"memory_percent"`
	NetworkReceived uint64  `json:"network_received"`
	NetworkSent     uint64  `json:"network_sent"`
	BlockRead       uint64  `json:"block_read"`
	BlockWritten    uint64  `json:"block_written"`
	PIDs            uint64  `json:"pids"`
	// Raw is the engine's own document.
	Raw json.RawMessage `json:"raw"`
}
