package core

// UploadRequest copies Source (local, absolute) to Destination (on the host,
// absolute). Parents are made. A folder's content becomes the destination's
// content, and what else is there stays. A file goes into Destination where that
// is a folder or ends in "/", and gets that name otherwise.
type UploadRequest struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	// Checksum reads the copy back and compares its SHA-256.
	Checksum bool `json:"checksum,omitempty"`
	Progress bool `json:"progress,omitempty"`
}

// DownloadRequest is UploadRequest the other way round: Source is on the host.
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

// Protection guards deletions against reaching what a host needs: folders of the system
// and of engines, home folders, mount points. It goes by where symlinks lead.
type Protection struct {
	// AllowSystemPaths deletes all the same, except "/".
	AllowSystemPaths bool `json:"allow_system_paths,omitempty"`
	// DataRoots are where the host's engine keeps its data. The engine backend sets them.
	DataRoots []string `json:"-"`
}

// HostMkdirRequest names a folder on the host.
type HostMkdirRequest struct {
	Path string `json:"path"`
}

// SyncRequest makes Destination (on the host) like Source (local). Source's content
// is meant, with or without a trailing slash. The rules are rsync's; the first that
// matches decides: Filters in their order, then Includes, then Excludes.
type SyncRequest struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	// Filters are rules "+ PATTERN" and "- PATTERN".
	Filters  []string `json:"filters,omitempty"`
	Includes []string `json:"includes,omitempty"`
	Excludes []string `json:"excludes,omitempty"`
	// Delete removes what the source lacks, except what a rule excludes.
	Delete bool `json:"delete,omitempty"`
	// HardLinks keeps files that are one file in the source one file.
	HardLinks bool `json:"hardlinks,omitempty"`
	// LinkSource makes files of a folder hard links to the source's, which takes no space
	// and no time. What cannot be linked, on another machine or file system, is copied.
	LinkSource bool `json:"link_source,omitempty"`
	// Checksum compares content where size and time would be believed.
	Checksum bool `json:"checksum,omitempty"`
	Progress bool `json:"progress,omitempty"`
	// Protection of the destination. Folders of the system are refused without Delete, too.
	Protection
}
