package core

// RunRequest is docker run. Options are the words before the image, separate or
// joined ("-v /a:/b --rm"), by docker's own parser.
type RunRequest struct {
	Image   string   `json:"image"`
	Command Command  `json:"command"`
	Options []string `json:"options"`
	// Shell runs the command's text by sh -c inside the container.
	Shell bool `json:"shell,omitempty"`
	// Stdin means that the caller will send input; it implies -i.
	Stdin bool `json:"stdin,omitempty"`
	// StdinByOptions, in place of Stdin, lets the options decide: the caller will write if
	// they say -i and not -d, which an InputEvent confirms.
	StdinByOptions bool `json:"stdin_by_options,omitempty"`
	// Outlives lets a container that was started go on when the caller goes: it is made as with
	// -d, and attached to.
	Outlives bool `json:"outlives,omitempty"`
	// Progress asks for events while a missing image is pulled: LayerEvent, StatusEvent.
	Progress bool `json:"progress,omitempty"`
	// Reschedule runs it again elsewhere if the node of a fleet is lost that it runs on.
	Reschedule bool `json:"reschedule,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ EnvironChanges `json:"environ,omitempty"`
	// TimeoutSeconds ends the work with OperationTimeout; 0 means no limit. In a fleet it counts
	// from the start.
	TimeoutSeconds float64 `json:"timeout,omitempty"`
	// QueueTimeoutSeconds ends the wait for a place in a fleet with OperationTimeout; 0 means no limit.
	QueueTimeoutSeconds float64 `json:"queue_timeout,omitempty"`
}

// ExecRequest is docker exec.
type ExecRequest struct {
	Container string   `json:"container"`
	Command   Command  `json:"command"`
	Options   []string `json:"options"`
	// Durable lets the process outlive the connection and this program; see ReattachExec.
	Durable bool `json:"durable,omitempty"`
	Shell   bool `json:"shell,omitempty"`
	Stdin   bool `json:"stdin,omitempty"`
	// StdinByOptions, in place of Stdin, lets the options decide: the caller will write if
	// they say -i and not -d, which an InputEvent confirms.
	StdinByOptions bool `json:"stdin_by_options,omitempty"`
	// Environ is what has changed in the caller's environment.
	Environ        EnvironChanges `json:"environ,omitempty"`
	TimeoutSeconds float64        `json:"timeout,omitempty"`
}

// CommandResult is how a run or an exec ended. Output went through Streams.
type CommandResult struct {
	ContainerID string  `json:"container_id"`
	ExecID      string  `json:"exec_id,omitempty"`
	ExitCode    int     `json:"exit_code"`
	Detached    bool    `json:"detached,omitempty"`
	OOMKilled   bool    `json:"oom_killed,omitempty"`
	Seconds     float64 `json:"seconds"`
}

// ContainerRequest names a container by its exact name or ID.
type ContainerRequest struct {
	Container string `json:"container"`
}

// StopRequest stops or restarts a container. Timeout is the seconds before SIGKILL; nil
// means the container's own setting, -1 waits for ever.
type StopRequest struct {
	Container string `json:"container"`
	Timeout   *int   `json:"timeout,omitempty"`
	Signal    string `json:"signal,omitempty"`
}

// KillRequest sends a signal by name or number; "" is SIGKILL.
type KillRequest struct {
	Container string `json:"container"`
	Signal    string `json:"signal,omitempty"`
}

// RemoveRequest removes a container. Force kills it first; Volumes removes its
// anonymous volumes.
type RemoveRequest struct {
	Container string `json:"container"`
	Force     bool   `json:"force,omitempty"`
	Volumes   bool   `json:"volumes,omitempty"`
}

// RenameRequest gives a container another name.
type RenameRequest struct {
	Container string `json:"container"`
	Name      string `json:"name"`
}

// ResizeRequest sets the size of a container's terminal, in characters.
type ResizeRequest struct {
	Container string `json:"container"`
	Rows      uint   `json:"rows"`
	Columns   uint   `json:"columns"`
}

// ExecResizeRequest sets the size of an exec's terminal, in characters.
type ExecResizeRequest struct {
	Container string `json:"container"`
	ExecID    string `json:"exec_id"`
	Rows      uint   `json:"rows"`
	Columns   uint   `json:"columns"`
}

// ExecSignalRequest signals an exec's process and its children.
type ExecSignalRequest struct {
	Container string `json:"container"`
	ExecID    string `json:"exec_id"`
	Signal    string `json:"signal"`
}

// LogsRequest reads a container's log. Since and Until are timestamps or durations
// like those of docker logs; Tail is a number of lines or "all".
type LogsRequest struct {
	Container  string `json:"container"`
	Follow     bool   `json:"follow,omitempty"`
	Since      string `json:"since,omitempty"`
	Until      string `json:"until,omitempty"`
	Tail       string `json:"tail,omitempty"`
	Timestamps bool   `json:"timestamps,omitempty"`
}

// CopyToRequest copies a local file or folder into a container.
type CopyToRequest struct {
	Source      string `json:"source"` // local, absolute; a trailing "/." means the content
	Container   string `json:"container"`
	Destination string `json:"destination"`
	// Archive keeps owner, group and sparse holes (docker cp -a).
	Archive bool `json:"archive,omitempty"`
	// FollowLink copies what a symlink at Source points to (docker cp -L).
	FollowLink bool `json:"follow_link,omitempty"`
	Progress   bool `json:"progress,omitempty"`
}

// CopyFromRequest copies a file or folder out of a container.
type CopyFromRequest struct {
	Container   string `json:"container"`
	Source      string `json:"source"`
	Destination string `json:"destination"` // local, absolute
	Archive     bool   `json:"archive,omitempty"`
	FollowLink  bool   `json:"follow_link,omitempty"`
	Progress    bool   `json:"progress,omitempty"`
}

// MkdirInRequest makes a directory in a container.
type MkdirInRequest struct {
	Container string `json:"container"`
	Path      string `json:"path"`
}

// ImageRequest names an image by reference or ID.
type ImageRequest struct {
	Image string `json:"image"`
}

// ImageInspectRequest asks for everything about an image. Manifests adds what the engine
// has of each platform (API 1.48).
type ImageInspectRequest struct {
	Image     string `json:"image"`
	Manifests bool   `json:"manifests,omitempty"`
}

// ImageListRequest asks for images.
type ImageListRequest struct {
	// Filters are docker's, each with its values: an image has to pass all of them.
	Filters map[string][]string `json:"filters,omitempty"`
	// All includes the images between layers.
	All bool `json:"all,omitempty"`
}

// ImageTagRequest gives an image another reference.
type ImageTagRequest struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
}

// ImageRemoveRequest removes an image or one of its references.
type ImageRemoveRequest struct {
	Image   string `json:"image"`
	Force   bool   `json:"force,omitempty"`
	NoPrune bool   `json:"no_prune,omitempty"`
}

// ImageRemoveResult lists what the engine did.
type ImageRemoveResult struct {
	Untagged []string `json:"untagged"`
	Deleted  []string `json:"deleted"`
}

// PingResult is the answer to a ping.
type PingResult struct {
	APIVersion     string `json:"api_version"` // the negotiated version
	OSType         string `json:"os_type"`
	BuilderVersion string `json:"builder_version"`
}

// WaitResult is how a container ended.
type WaitResult struct {
	ExitCode int `json:"exit_code"`
}

// StateResult is a container's state; Status is the engine's word for it.
type StateResult struct {
	Exists  bool   `json:"exists"`
	Running bool   `json:"running"`
	Status  string `json:"status,omitempty"`
	ID      string `json:"id,omitempty"`
}

// CopyResult is what a copy moved.
type CopyResult struct {
	Bytes int64 `json:"bytes"`
	Files int64 `json:"files"`
}

// WantsStdin tells the C ABI to keep the operation's input open.
func (r RunRequest) WantsStdin() bool { return r.Stdin || r.StdinByOptions }

// WantsStdin tells the C ABI to keep the operation's input open.
func (r ExecRequest) WantsStdin() bool { return r.Stdin || r.StdinByOptions }

// ReattachExecRequest reads a durable exec's output from the given positions (bytes).
type ReattachExecRequest struct {
	Container      string  `json:"container"`
	ExecID         string  `json:"exec_id"`
	StdoutFrom     int64   `json:"stdout_from,omitempty"`
	StderrFrom     int64   `json:"stderr_from,omitempty"`
	TimeoutSeconds float64 `json:"timeout,omitempty"`
}

// Orphan is a container whose program is gone.
type Orphan struct {
	ContainerID string  `json:"container_id"`
	Name        string  `json:"name"`
	Image       string  `json:"image"`
	Running     bool    `json:"running"`
	Remove      bool    `json:"remove"`  // whether it was run with --rm
	Created     float64 `json:"created"` // Unix seconds, by the engine's clock
	Session     string  `json:"session"`
	Owner       Owner   `json:"owner"`
	UID         int     `json:"uid"` // of the program; -1 means unknown
}

// MarkedOrphansRequest names a label of containers that nobody needs after their program.
type MarkedOrphansRequest struct {
	Label string `json:"label"`
}

// ReapRequest ends orphans: running ones are killed, those of --rm removed.
type ReapRequest struct {
	OlderThanSeconds float64 `json:"older_than,omitempty"`
	DryRun           bool    `json:"dry_run,omitempty"`
}
