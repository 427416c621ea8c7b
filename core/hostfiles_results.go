package core

// HostCopyResult is what an upload or a download moved.
type HostCopyResult struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"` // of content
	// Path is where a single file, or the folder, is now.
	Path string `json:"path"`
	// SHA256 is the hexadecimal checksum of a single file, where one was asked for.
	SHA256  string  `json:"sha256,omitempty"`
	Seconds float64 `json:"seconds"`
	// Issues as in SyncReport.
	Issues []SyncIssue `json:"issues"`
}

// HostDeleteResult reports how many names were removed.
type HostDeleteResult struct {
	Deleted int64 `json:"deleted"`
}

// SyncReport is what a sync did.
type SyncReport struct {
	FilesSent int64 `json:"files_sent"` // regular files with content sent
	BytesSent int64 `json:"bytes_sent"` // of content, without what the delta saved
	Deleted   int64 `json:"deleted"`    // names removed
	Unchanged int64 `json:"unchanged"`  // regular files neither read nor sent
	// Way is how it was done: "local", "sftp", "rsync", "engine"; of a container "container",
	// through its processes, or "archive".
	Way     string  `json:"way"`
	Seconds float64 `json:"seconds"`
	// Issues lists what could not be made equal, at most MaxSyncIssues paths.
	Issues        []SyncIssue `json:"issues"`
	IssuesOmitted int64       `json:"issues_omitted,omitempty"`
}

// MaxSyncIssues bounds the list in a report.
const MaxSyncIssues = 1000

// SyncIssue is one path, relative to the source, that differs, and why.
type SyncIssue struct {
	Path    string    `json:"path"`
	Issue   IssueKind `json:"issue"`
	Message string    `json:"message,omitempty"`
}

// IssueKind classifies issues.
type IssueKind string

// The kinds of issues. IssueFailed makes the sync end with an error after everything
// else was done; the others do not.
const (
	IssueChanged  IssueKind = "changed"   // the source changed while it was read
	IssueVanished IssueKind = "vanished"  // the source went away
	IssueSpecial  IssueKind = "special"   // a socket, device or FIFO: skipped
	IssueTime     IssueKind = "time"      // a time that the protocol cannot express; once for all paths
	IssueNotEmpty IssueKind = "not_empty" // a folder contains something that must not be deleted
	IssueFailed   IssueKind = "failed"    // see Message
)
