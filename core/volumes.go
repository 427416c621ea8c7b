package core

// VolumeCreateRequest is docker volume create. Without a name the volume is an anonymous one.
type VolumeCreateRequest struct {
	Name          string            `json:"name,omitempty"`
	Driver        string            `json:"driver,omitempty"`
	DriverOptions map[string]string `json:"driver_options,omitempty"`
	Labels        map[string]string `json:"labels,omitempty"`
}

// VolumeRequest names a volume.
type VolumeRequest struct {
	Volume string `json:"volume"`
}

// VolumeRemoveRequest removes a volume. With Force one that does not exist is fine.
type VolumeRemoveRequest struct {
	Volume string `json:"volume"`
	Force  bool   `json:"force,omitempty"`
}

// VolumeListRequest asks for the volumes that have all of these properties.
type VolumeListRequest struct {
	Filters map[string][]string `json:"filters,omitempty"`
}

// VolumesPruneRequest removes volumes that no container has: the anonymous ones, or with All
// those with names, too. DryRun only asks which.
type VolumesPruneRequest struct {
	Filters map[string][]string `json:"filters,omitempty"`
	All     bool                `json:"all,omitempty"`
	DryRun  bool                `json:"dry_run,omitempty"`
}

// VolumesPruneResult names what was removed, and says how many bytes that had.
type VolumesPruneResult struct {
	Volumes   []string `json:"volumes"`
	Reclaimed uint64   `json:"reclaimed"`
}
