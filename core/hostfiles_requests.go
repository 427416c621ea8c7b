package core

// UploadRequest copies Source (local, absolute) to Destination (on the host,
// absolute). Parents are made. A folder's content is copied into the destination,
// and other files there stay. If Destination is a folder or ends in "/", a file goes
// into it; otherwise Destination is the file's new name.
type UploadRequest struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	// Checksum reads the copy back and compares its SHA-256.
	Checksum bool `json:"checksum,omitempty"`
	Progress bool `json:"progress,omitempty"`
}

// DownloadRequest is UploadRequest in the other direction: Source is on the host.
type DownloadRequest struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Checksum    bool   `json:"checksum,omitempty"`
	Progress    bool   `json:"progress,omitempty"`
}

// HostDeleteRequest names what to delete on the host.
type HostDeleteRequest struct {
	Path string `json:"path"`
	Protection
}

// Protection keeps deletions away from what a host needs: folders of the system
// and of engines, home folders, mount points. Symlinks are resolved first.
type Protection struct {
	// AllowSystemPaths permits these deletions, except of "/".
	AllowSystemPaths bool `json:"allow_system_paths,omitempty"`
	// DataRoots are where the host's engine keeps its data. The engine backend sets them.
	DataRoots []string `json:"-"`
}

// HostMkdirRequest names a folder on the host.
type HostMkdirRequest struct {
	Path string `json:"path"`
}

// SyncFromContainerRequest is a SyncRequest whose Source is in a container, running or not.
// LinkSource is not for it.
type SyncFromContainerRequest struct {
	Container string `json:"container"`
	SyncRequest
}

// SyncRequest makes Destination equal to Source: of a sync to the host, Source is local and
// Destination on the host; of a sync from it, the reverse. Source means its content, with or without a trailing slash. The rules are rsync's; the first match
// decides: Filters in their order, then Includes, then Excludes.
type SyncRequest struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	// Filters are rules "+ PATTERN" and "- PATTERN".
	Filters  []string `json:"filters,omitempty"`
	Includes []string `json:"includes,omitempty"`
	Excludes []string `json:"excludes,omitempty"`
	// Delete removes what the source lacks, except what a rule excludes.
	Delete bool `json:"delete,omitempty"`
	// HardLinks keeps names that share one file in the source sharing one file.
	HardLinks bool `json:"hardlinks,omitempty"`
	// LinkSource makes files of a folder hard links to the source's, which takes no space
	// and no time. What cannot be linked, on another machine or file system, is copied.
	LinkSource bool `json:"link_source,omitempty"`
	// Checksum compares content instead of size and time.
	Checksum bool `json:"checksum,omitempty"`
	Progress bool `json:"progress,omitempty"`
	// Node is that of a fleet whose host is meant, by its name or ID.
	Node string `json:"node,omitempty"`
	// Protection of the destination. System folders are refused without Delete, too.
	Protection
}
