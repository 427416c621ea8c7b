package core

// ContainerTopRequest asks for the processes of a container. Arguments are those of ps on
// the engine's host; none means -ef.
type ContainerTopRequest struct {
	Container string   `json:"container"`
	Arguments []string `json:"arguments,omitempty"`
}

// ContainerTopResult is what ps printed: a text for each title in each process.
type ContainerTopResult struct {
	Titles    []string   `json:"titles"`
	Processes [][]string `json:"processes"`
}

// ContainerChange is a path that differs from the container's image.
type ContainerChange struct {
	// "modified", "added", "deleted"
	Kind string `json:"kind"`
	Path string `json:"path"`
}

// ContainerUpdateRequest is docker update. Options are docker's words, by docker's own parser.
type ContainerUpdateRequest struct {
	Container string   `json:"container"`
	Options   []string `json:"options"`
}

// ContainerUpdateResult is what the engine warns of.
type ContainerUpdateResult struct {
	Warnings []string `json:"warnings"`
}

// ContainerCommitRequest makes an image of a container's files, with a name unless Image is "".
type ContainerCommitRequest struct {
	Container string `json:"container"`
	Image     string `json:"image,omitempty"`
	Author    string `json:"author,omitempty"`
	Message   string `json:"message,omitempty"`
	// NoPause lets the container's processes write meanwhile.
	NoPause bool `json:"no_pause,omitempty"`
	// Changes are instructions of a Dockerfile.
	Changes []string `json:"changes,omitempty"`
}

// ContainerExportRequest writes the files of a container as a tar archive, as docker export
// does: to a local file, or, if Path is "", to Streams.Stdout.
type ContainerExportRequest struct {
	Container string `json:"container"`
	Path      string `json:"path,omitempty"`     // local, absolute
	Progress  bool   `json:"progress,omitempty"` // asks for events: Progress
}

// ContainerExportResult reports how long the archive is, in bytes.
type ContainerExportResult struct {
	Bytes int64 `json:"bytes"`
}

// PruneContainersRequest removes the containers that do not run. Filters are docker's: label,
// label! and until. DryRun removes none, and tells which would go.
type PruneContainersRequest struct {
	Filters map[string][]string `json:"filters,omitempty"`
	DryRun  bool                `json:"dry_run,omitempty"`
}

// PruneContainersResult has the IDs of the containers, and the bytes that their files took.
type PruneContainersResult struct {
	Deleted   []string `json:"deleted"`
	Reclaimed uint64   `json:"reclaimed"` // bytes
}

// ContainerPort is a port of a container at an address of the engine's host. HostPort is 0
// where the port is at none.
type ContainerPort struct {
	Port     int    `json:"port"`
	Protocol string `json:"protocol"` // tcp, udp, sctp
	HostIP   string `json:"host_ip"`
	HostPort int    `json:"host_port"`
}

// CreateContainerRequest is docker create: it has the members of RunRequest that make a container.
type CreateContainerRequest struct {
	Image   string   `json:"image"`
	Command Command  `json:"command"`
	Options []string `json:"options"`
	// Shell runs the command's text by sh -c inside the container.
	Shell bool `json:"shell,omitempty"`
	// Progress asks for events while a missing image is pulled: LayerEvent, StatusEvent.
	Progress bool `json:"progress,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
	// QueueTimeoutSeconds ends the wait for a place in a fleet with OperationTimeout; 0 means no limit.
	QueueTimeoutSeconds float64 `json:"queue_timeout,omitempty"`
}

// CreateContainerResult names a new container, which does not run.
type CreateContainerResult struct {
	ID       string   `json:"id"`
	Warnings []string `json:"warnings"`
}

// ContainerListRequest asks for containers.
type ContainerListRequest struct {
	// Filters are docker's, each with its values: a container has to pass all of them.
	Filters map[string][]string `json:"filters,omitempty"`
	// All includes containers that do not run.
	All bool `json:"all,omitempty"`
	// Sizes includes the sizes, which the engine measures for each container.
	Sizes bool `json:"sizes,omitempty"`
}

// AttachRequest attaches to a container that runs, as docker attach does.
type AttachRequest struct {
	Container string `json:"container"`
	// Stdin means that the caller will send input.
	Stdin bool `json:"stdin,omitempty"`
	// StdinByOptions, in place of Stdin, lets the container decide: the caller will write if it
	// has an input that stays open when the attachment ends, which an InputEvent confirms.
	StdinByOptions bool `json:"stdin_by_options,omitempty"`
	// Logs delivers what the container has printed before, too.
	Logs       bool   `json:"logs,omitempty"`
	DetachKeys string `json:"detach_keys,omitempty"`
	// TimeoutSeconds ends the attachment with OperationTimeout; 0 means no limit.
	TimeoutSeconds float64 `json:"timeout,omitempty"`
}

// WantsStdin tells the C ABI to keep the operation's input open.
func (r AttachRequest) WantsStdin() bool { return r.Stdin || r.StdinByOptions }
