package core

import "context"

// FileAccess is the files of containers, running or not, for programs. Paths are absolute, and
// symlinks are followed as processes in the container follow them. Nothing is needed in the
// container, not even a shell.
type FileAccess interface {
	// ReadFile writes a file's content to io.Stdout. It is repeated after a lost connection,
	// and fails with Conflict if the file changed meanwhile.
	ReadFile(ctx context.Context, req ReadFileRequest, io Streams) (ReadFileResult, error)
	// StatFile describes what is at a path.
	StatFile(ctx context.Context, req StatFileRequest) (FileEntry, error)
	// FileExists reports whether a path leads to something.
	FileExists(ctx context.Context, req FileRequest) (bool, error)
	// ListFiles describes what is in a folder, by name.
	ListFiles(ctx context.Context, req FileRequest) ([]FileEntry, error)
	// WriteFile writes what comes from io.Stdin, once that has ended. Where the container runs,
	// or the file is in a volume, it gets its name when it is whole. Elsewhere the engine
	// writes it in place, and what it wrote before an error or the end of ctx stays.
	WriteFile(ctx context.Context, req WriteFileRequest, io Streams) (WriteFileResult, error)
	// VolumeOpen makes a container that has a volume and never runs, for its files, until
	// VolumeClose or the end of the client. A volume that does not exist is not made.
	VolumeOpen(ctx context.Context, req VolumeOpenRequest) (VolumeOpenResult, error)
	VolumeClose(ctx context.Context, req VolumeCloseRequest) error
}

// FileRequest names a path in a container.
type FileRequest struct {
	Container      string  `json:"container"`
	Path           string  `json:"path"`
	TimeoutSeconds float64 `json:"timeout,omitempty"`
}

// ReadFileRequest reads a file of a container.
type ReadFileRequest struct {
	FileRequest
	// MaxSize refuses a file of more bytes; nil means no limit.
	MaxSize *int64 `json:"max_size,omitempty"`
}

// ReadFileResult says how many bytes were read.
type ReadFileResult struct {
	Size int64 `json:"size"`
}

// StatFileRequest looks at a path, or with NoFollow at a symlink itself.
type StatFileRequest struct {
	FileRequest
	NoFollow bool `json:"no_follow,omitempty"`
}

// The types of FileEntry. A special is a socket, a device or a FIFO.
const (
	EntryFile    = "file"
	EntryFolder  = "folder"
	EntrySymlink = "symlink"
	EntrySpecial = "special"
)

// FileEntry describes a file, a folder or something else in a container.
type FileEntry struct {
	Name string `json:"name"`
	Path string `json:"path"`
	Type string `json:"type"` // file, folder, symlink, special
	Size int64  `json:"size"` // bytes; 0 for all but files
	Mode int    `json:"mode"` // permission bits with setuid, setgid and sticky
	// MTime is in nanoseconds since 1970.
	MTime int64 `json:"mtime"`
	// UID and GID are -1 where the engine does not say them: of a socket.
	UID int `json:"uid"`
	GID int `json:"gid"`
	// LinkTarget is what a symlink contains.
	LinkTarget string `json:"link_target,omitempty"`
}

// WriteFileRequest writes a file of a container. An existing file keeps its mode and owner,
// unless others are given; a new one gets 0644 and the container's user.
type WriteFileRequest struct {
	FileRequest
	Mode *int `json:"mode,omitempty"` // permission bits with setuid, setgid and sticky
	// Owner is USER[:GROUP], by name or number as in the container.
	Owner string `json:"owner,omitempty"`
	// Parents makes missing folders on the way, for the container's user.
	Parents bool `json:"parents,omitempty"`
}

// WantsStdin tells the C ABI to keep the operation's input open.
func (r WriteFileRequest) WantsStdin() bool { return true }

// WriteFileResult says how many bytes were written.
type WriteFileResult struct {
	Size int64 `json:"size"`
}

// VolumeOpenRequest names a volume whose files are needed.
type VolumeOpenRequest struct {
	Volume   string `json:"volume"`
	ReadOnly bool   `json:"read_only,omitempty"`
}

// VolumeOpenResult names the container that has the volume, and where it has it.
type VolumeOpenResult struct {
	Container string `json:"container"` // its ID
	Path      string `json:"path"`
}

// VolumeCloseRequest names a container of VolumeOpen.
type VolumeCloseRequest struct {
	Container string `json:"container"`
}
