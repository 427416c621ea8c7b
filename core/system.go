package core

import (
	"context"
	"encoding/json"
)

// System asks the engine about itself. All are idempotent.
type System interface {
	Ping(ctx context.Context) (PingResult, error)
	// Info returns the engine's GET /info unchanged.
	Info(ctx context.Context) (json.RawMessage, error)
	// Version returns the engine's GET /version unchanged.
	Version(ctx context.Context) (json.RawMessage, error)
	// DiskUsage returns the engine's GET /system/df unchanged.
	DiskUsage(ctx context.Context) (json.RawMessage, error)
	// BuildCache returns the engine's records of what builds keep.
	BuildCache(ctx context.Context) ([]json.RawMessage, error)
}

// Prunes removes what nothing uses. Filters of docker's settings (pruneFilters) count as well.
// A prune waits while the engine prunes for somebody else, and is never asked for twice. With
// DryRun nothing is removed, and the result is what would be.
type Prunes interface {
	ContainersPrune(ctx context.Context, req PruneContainersRequest) (PruneContainersResult, error)
	ImagesPrune(ctx context.Context, req PruneImagesRequest) (PruneImagesResult, error)
	NetworksPrune(ctx context.Context, req NetworksPruneRequest) (NetworksPruneResult, error)
	VolumesPrune(ctx context.Context, req VolumesPruneRequest) (VolumesPruneResult, error)
	BuildCachePrune(ctx context.Context, req BuildCachePruneRequest) (BuildCachePruneResult, error)
	// SystemPrune is all of that. An error's detail "pruned" is the result up to then.
	SystemPrune(ctx context.Context, req SystemPruneRequest) (SystemPruneResult, error)
}

// BuildCachePruneRequest removes what no build uses; with All also what images share, and what
// BuildKit keeps for itself. What was used last stays, up to KeepStorage bytes; with
// MaxUsed only as much as that is more. MinFree is how many bytes must be free on the disk.
type BuildCachePruneRequest struct {
	Filters     map[string][]string `json:"filters,omitempty"`
	All         bool                `json:"all,omitempty"`
	KeepStorage int64               `json:"keep_storage,omitempty"`
	MaxUsed     int64               `json:"max_used,omitempty"`
	MinFree     int64               `json:"min_free,omitempty"`
	DryRun      bool                `json:"dry_run,omitempty"`
}

// BuildCachePruneResult has the IDs of the records, and the bytes that they took.
type BuildCachePruneResult struct {
	Deleted   []string `json:"deleted"`
	Reclaimed uint64   `json:"reclaimed"` // bytes
}

// SystemPruneRequest is docker system prune: containers, networks, images and build cache, with
// Volumes also anonymous volumes. With All, images with names go, too, and shared build cache.
// A filter for a label leaves build cache alone, which has none.
type SystemPruneRequest struct {
	Filters map[string][]string `json:"filters,omitempty"`
	All     bool                `json:"all,omitempty"`
	Volumes bool                `json:"volumes,omitempty"`
	DryRun  bool                `json:"dry_run,omitempty"`
}

// SystemPruneResult is what was removed of each kind.
type SystemPruneResult struct {
	Containers PruneContainersResult `json:"containers"`
	Networks   NetworksPruneResult   `json:"networks"`
	Volumes    VolumesPruneResult    `json:"volumes"`
	Images     PruneImagesResult     `json:"images"`
	BuildCache BuildCachePruneResult `json:"build_cache"`
}

// HostFacts asks the engine's host about itself.
type HostFacts interface {
	HostFacts(ctx context.Context, req HostFactsRequest) (HostFactsResult, error)
}

// HostFactsRequest names a path whose file system is looked at; "" is the root.
type HostFactsRequest struct {
	Path string `json:"path,omitempty"`
}

// HostFactsResult is what the host says. Where the client runs no commands there, Reached is
// false and nothing else is known.
type HostFactsResult struct {
	Reached   bool   `json:"reached"`
	User      string `json:"user"`       // who the client is there
	Clock     int64  `json:"clock"`      // Unix seconds
	Rsync     string `json:"rsync"`      // the first line of rsync --version; "" without rsync
	DiskTotal int64  `json:"disk_total"` // bytes
	DiskFree  int64  `json:"disk_free"`  // bytes
	NvidiaSMI bool   `json:"nvidia_smi"` // whether nvidia-smi is there
	// NvidiaProblem is what nvidia-smi said instead of an answer.
	NvidiaProblem string `json:"nvidia_problem"`
	GPUs          []GPU  `json:"gpus"`
	// EngineCommand is the command on the host that streams to the engine go through, where its
	// sshd forwards to no socket; "" otherwise, and before the engine was reached.
	EngineCommand string `json:"engine_command"`
}

// GPU is one of the host's, as nvidia-smi describes it; what it does not know is 0.
type GPU struct {
	Index       int          `json:"index"`
	UUID        string       `json:"uuid"`
	Name        string       `json:"name"`
	MemoryTotal int64        `json:"memory_total"` // bytes
	MemoryUsed  int64        `json:"memory_used"`  // bytes
	Utilization int          `json:"utilization"`  // percent
	Processes   []GPUProcess `json:"processes"`
}

// GPUProcess is a program that uses a GPU.
type GPUProcess struct {
	PID    int    `json:"pid"` // on the host
	Name   string `json:"name"`
	Memory int64  `json:"memory"` // bytes
}

// Fleet asks a fleet about itself; both are idempotent. A client of one engine refuses
// (InvalidArgument with the reason "no_fleet").
type Fleet interface {
	// Nodes lists the nodes by their names.
	Nodes(ctx context.Context) ([]FleetNode, error)
	// WaitingRuns lists what waits for a node, what has waited longest first.
	WaitingRuns(ctx context.Context) ([]WaitingRun, error)
}

// FleetNode is a node as the managers know it, and what the tasks on it have reserved.
type FleetNode struct {
	Raw      json.RawMessage            `json:"raw"`       // the engine's own document
	Target   string                     `json:"target"`    // how the client reaches its engine
	NanoCPUs int64                      `json:"nano_cpus"` // reserved
	Memory   int64                      `json:"memory"`    // reserved, bytes
	Devices  map[string]ReservedDevices `json:"devices"`   // reserved, by kind
}

// ReservedDevices are devices of a kind that tasks have. Those of a node that only counts its
// devices have no names.
type ReservedDevices struct {
	Count int64    `json:"count"`
	Names []string `json:"names"`
}

// WaitingRun is a task that has no node yet.
type WaitingRun struct {
	Raw     json.RawMessage `json:"raw"`     // the engine's own document of the task
	Service string          `json:"service"` // the name of its service
	Name    string          `json:"name"`    // of the container; "" for none, and for what no client of ours has asked for
	Host    string          `json:"host"`    // where the program is that waits; "" where it is not known
}
