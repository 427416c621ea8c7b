package core

import (
	"context"
	"encoding/json"
)

// DockerClient is one engine, however it is reached. Every method may be called
// from any number of goroutines at once, returns *Error, and undoes what it began
// when its context ends: nothing stays behind on the engine or on the host.
type DockerClient interface {
	System
	Fleet
	HostFacts
	Containers
	Attachments
	Stats
	Execs
	ContainerFiles
	ContainerSync
	FileAccess
	HostFiles
	Images
	ImageBuilder
	Volumes
	Networks
	Prunes
	Events
	Registries
	Ports
	NewImages

	// Target returns the target as the user wrote it, for messages.
	Target() string
	// Close ends the connection. Operations under way fail with ClientClosed.
	Close() error
}

// Containers covers a container's life.
type Containers interface {
	// Run creates and starts a container and, unless the options say -d, attaches
	// to it and waits for its end. When ctx ends first, the container is killed,
	// and with --rm removed.
	Run(ctx context.Context, req RunRequest, io Streams) (CommandResult, error)
	// Create makes a container and starts nothing. It sends LayerEvent and StatusEvent to
	// event, which may be nil.
	Create(ctx context.Context, req CreateContainerRequest, event func(any)) (CreateContainerResult, error)
	Start(ctx context.Context, req ContainerRequest) error
	Stop(ctx context.Context, req StopRequest) error
	Restart(ctx context.Context, req StopRequest) error
	Kill(ctx context.Context, req KillRequest) error
	Remove(ctx context.Context, req RemoveRequest) error
	// Wait blocks until the container is not running and returns its exit code.
	Wait(ctx context.Context, req ContainerRequest) (WaitResult, error)
	// WaitUntilRunning watches engine events; it does not poll.
	WaitUntilRunning(ctx context.Context, req ContainerRequest) error
	Rename(ctx context.Context, req RenameRequest) error
	Resize(ctx context.Context, req ResizeRequest) error
	// Pause freezes the processes of a container that runs; Conflict where it is paused.
	Pause(ctx context.Context, req ContainerRequest) error
	// Unpause lets them go on; Conflict where it is not paused.
	Unpause(ctx context.Context, req ContainerRequest) error
	// ContainerTop lists the processes of a container that runs.
	ContainerTop(ctx context.Context, req ContainerTopRequest) (ContainerTopResult, error)
	// ContainerDiff lists the paths that differ from the container's image.
	ContainerDiff(ctx context.Context, req ContainerRequest) ([]ContainerChange, error)
	ContainerUpdate(ctx context.Context, req ContainerUpdateRequest) (ContainerUpdateResult, error)
	ContainerExport(ctx context.Context, req ContainerExportRequest, io Streams) (ContainerExportResult, error)
	// ContainerPorts lists the ports of a container that runs, in their order.
	ContainerPorts(ctx context.Context, req ContainerRequest) ([]ContainerPort, error)
	// Inspect returns the engine's GET /containers/{id}/json unchanged.
	Inspect(ctx context.Context, req ContainerRequest) (json.RawMessage, error)
	// List returns the rows of docker ps -a --format '{{json .}}'.
	List(ctx context.Context) ([]json.RawMessage, error)
	// Containers returns the engine's GET /containers/json unchanged.
	Containers(ctx context.Context, req ContainerListRequest) (json.RawMessage, error)
	// State reports whether a container of exactly this name or ID exists and runs.
	State(ctx context.Context, req ContainerRequest) (StateResult, error)
	// Logs writes the log to io until its end (with Follow: until the container's end).
	Logs(ctx context.Context, req LogsRequest, io Streams) error
	// ListOrphans finds what killed programs of this machine left behind.
	ListOrphans(ctx context.Context) ([]Orphan, error)
	// ListMarkedOrphans finds, by the same proof, what killed programs left behind with a
	// label of their own, with or without -d.
	ListMarkedOrphans(ctx context.Context, req MarkedOrphansRequest) ([]Orphan, error)
	// Reap ends orphans and returns those that it ended (with DryRun: would end).
	Reap(ctx context.Context, req ReapRequest) ([]Orphan, error)
}

// Attachments are streams of containers that run already.
type Attachments interface {
	// Attach moves the streams of a container until it ends, through lost connections. However it
	// ends itself, the container goes on.
	Attach(ctx context.Context, req AttachRequest, io Streams) (CommandResult, error)
}

// Execs runs additional processes in a running container.
type Execs interface {
	// Exec runs a process and waits for its end. When ctx ends first, the process
	// and its children are killed.
	Exec(ctx context.Context, req ExecRequest, io Streams) (CommandResult, error)
	// ReattachExec reads the output of a durable exec, whoever began it, until its end.
	ReattachExec(ctx context.Context, req ReattachExecRequest, io Streams) (CommandResult, error)
	ExecResize(ctx context.Context, req ExecResizeRequest) error
	// ExecSignal signals the process of an exec and its children.
	ExecSignal(ctx context.Context, req ExecSignalRequest) error
}

// ContainerFiles copies by the rules of docker cp. Local paths are absolute.
type ContainerFiles interface {
	CopyTo(ctx context.Context, req CopyToRequest, progress func(Progress)) (CopyResult, error)
	CopyFrom(ctx context.Context, req CopyFromRequest, progress func(Progress)) (CopyResult, error)
	// MkdirIn makes a directory and its parents; an existing directory is fine.
	MkdirIn(ctx context.Context, req MkdirInRequest) error
}

// Images covers what is stored in the engine.
type Images interface {
	ImageExists(ctx context.Context, req ImageRequest) (bool, error)
	// ImageList returns the rows of docker images --format '{{json .}}'.
	ImageList(ctx context.Context) ([]json.RawMessage, error)
	// Images returns the engine's GET /images/json unchanged.
	Images(ctx context.Context, req ImageListRequest) (json.RawMessage, error)
	ImageTag(ctx context.Context, req ImageTagRequest) error
	ImageRemove(ctx context.Context, req ImageRemoveRequest) (ImageRemoveResult, error)
	// ImagePull and ImagePush send LayerEvent and StatusEvent to event, which may be nil.
	ImagePull(ctx context.Context, req PullRequest, event func(any)) (PullResult, error)
	ImagePush(ctx context.Context, req PushRequest, event func(any)) (PushResult, error)
	ImageSave(ctx context.Context, req SaveRequest, io Streams) (SaveResult, error)
	ImageLoad(ctx context.Context, req LoadRequest, io Streams) (LoadResult, error)
	// ImageHistory returns the rows of docker history --format '{{json .}}'.
	ImageHistory(ctx context.Context, req HistoryRequest) ([]json.RawMessage, error)
	// ImageInspect returns the engine's GET /images/{name}/json unchanged.
	ImageInspect(ctx context.Context, req ImageInspectRequest) (json.RawMessage, error)
	// ImageTransfer moves an image to another engine. It sends Progress, LayerEvent and
	// StatusEvent to event, which may be nil.
	ImageTransfer(ctx context.Context, req ImageTransferRequest, to DockerClient, event func(any)) (ImageTransferResult, error)
}

// NewImages makes images other than by a build. Neither is asked for twice: after a lost answer
// it is not known whether there is an image.
type NewImages interface {
	ContainerCommit(ctx context.Context, req ContainerCommitRequest) (NewImage, error)
	// ImageImport makes an image of an archive of files.
	ImageImport(ctx context.Context, req ImportRequest, io Streams) (NewImage, error)
}

// Registries covers logins, and questions about what a registry has.
type Registries interface {
	// Login checks a login with its registry and keeps it.
	Login(ctx context.Context, req LoginRequest) (LoginResult, error)
	// Logout removes a login from this client and from where docker login stores it.
	Logout(ctx context.Context, req LogoutRequest) (LogoutResult, error)
	// InspectDistribution returns the engine's GET /distribution/{name}/json unchanged.
	InspectDistribution(ctx context.Context, req DistributionRequest) (json.RawMessage, error)
}

// Volumes covers what containers keep. Inspect and List return the engine's own documents.
type Volumes interface {
	// VolumeCreate returns the new volume's document. An existing one that is what was asked
	// for is fine; Conflict where it is another one.
	VolumeCreate(ctx context.Context, req VolumeCreateRequest) (json.RawMessage, error)
	VolumeInspect(ctx context.Context, req VolumeRequest) (json.RawMessage, error)
	VolumeList(ctx context.Context, req VolumeListRequest) ([]json.RawMessage, error)
	// VolumeRemove fails with Conflict while a container, running or not, has the volume.
	VolumeRemove(ctx context.Context, req VolumeRemoveRequest) error
}

// Networks covers how containers reach each other. Inspect and List return the engine's own
// documents.
type Networks interface {
	// NetworkCreate returns the new network's document; Conflict where the name is in use.
	NetworkCreate(ctx context.Context, req NetworkCreateRequest) (json.RawMessage, error)
	NetworkInspect(ctx context.Context, req NetworkRequest) (json.RawMessage, error)
	NetworkList(ctx context.Context, req NetworkListRequest) ([]json.RawMessage, error)
	// NetworkRemove fails with Conflict while running containers are in the network.
	NetworkRemove(ctx context.Context, req NetworkRequest) error
	NetworkConnect(ctx context.Context, req NetworkConnectRequest) error
	NetworkDisconnect(ctx context.Context, req NetworkDisconnectRequest) error
}

// Ports makes ports reachable that are not published.
type Ports interface {
	// Forward sends a ListeningEvent to event as soon as the port can be used, and a
	// RefusedEvent for each connection that it had to close at once. It returns only when
	// ctx ends, or when the engine can never be reached again: it outlives lost connections,
	// and restarts of the container.
	Forward(ctx context.Context, req ForwardRequest, event func(any)) error
}
