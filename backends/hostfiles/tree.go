package hostfiles

import (
	"context"
	"errors"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
)

// FileSystem is one machine's files, reached operation by operation. Errors are those
// of package os (errors.Is with fs.ErrNotExist and syscall.Errno tells them apart) or
// *core.Error for what concerns the connection. All methods may be called at once.
type FileSystem interface {
	Features(ctx context.Context) (Features, error)
	// Resolve returns the path without symlinks; what does not exist yet is kept.
	Resolve(ctx context.Context, path string) (string, error)
	// Stat looks at what an absolute path leads to.
	Stat(ctx context.Context, path string) (Entry, error)
	// Tree opens the tree at a folder that exists. Symlinks on the way to it are followed,
	// symlinks in it never are.
	Tree(ctx context.Context, root string) (Tree, error)
	// MkdirAll makes a folder (mode 0777 less the umask) and its parents.
	MkdirAll(ctx context.Context, path string) error
	// Known is what is known of the host: of mounts at least those at and below a path
	// without symlinks on the way to it. What cannot be found out is left out.
	Known(ctx context.Context, path string) (protect.Known, error)
}

// Features tell what a way can do.
type Features struct {
	// Way is SyncReport.Way.
	Way string
	// Concurrency is how many operations at once pay off.
	Concurrency int
	// Owner says that owners may be set, SymlinkTimes that symlinks' times can. Where it
	// shows only when it is tried, Owner is set and a Tree leaves out what is refused.
	Owner, SymlinkTimes bool
	// Times, where set, are those that can be kept; others become the nearest of them.
	Times *TimeRange
	// QuickResolve says that Resolve takes no more than a few round trips.
	QuickResolve bool
}

// Tree is what is below one folder. Paths start at that folder; "" is the folder itself.
type Tree interface {
	// ReadDir lists a folder; the entries' paths start at the root. What vanished
	// meanwhile is left out.
	ReadDir(ctx context.Context, folder string) ([]Entry, error)
	Lstat(ctx context.Context, path string) (Entry, error)
	Open(ctx context.Context, path string) (Reader, error)
	// Create makes a file that must not exist, for its owner alone.
	Create(ctx context.Context, path string) (Writer, error)
	// Reopen opens a file that Create made, to go on writing.
	Reopen(ctx context.Context, path string) (Writer, error)
	// Mkdir makes a folder that must not exist, for its owner alone.
	Mkdir(ctx context.Context, path string) error
	Symlink(ctx context.Context, target, path string) error
	Link(ctx context.Context, from, to string) error
	// Rename replaces a file or a symlink at once, never a folder.
	Rename(ctx context.Context, from, to string) error
	// Remove removes a file, a symlink or an empty folder.
	Remove(ctx context.Context, path string, isFolder bool) error
	// Set changes what differs between have (nil: not known) and want: owner where that is
	// allowed, mode and time; of a symlink what the system can.
	Set(ctx context.Context, path string, have, want *Entry) error
	Close() error
}

// Reader is an open file. Stat looks at the file that is open.
type Reader interface {
	io.ReadCloser
	io.ReaderAt
	Stat() (Entry, error)
}

// Writer is a new file. Close gives the error of what is not written yet.
type Writer interface {
	io.WriterAt
	// Finish sets owner, mode and time, and closes.
	Finish(want *Entry) error
	Close() error
}

// Expecter is a FileSystem that opens a Tree faster where it knows early.
type Expecter interface {
	// Expect reports that a file is to come into a folder, which may not be there yet.
	Expect(ctx context.Context, folder string)
}

// Putter is a Tree that has a faster way for a large file.
type Putter interface {
	// Put makes a temporary file from size bytes of content and gives it attributes. It
	// tells moved of bytes on their way, and of those that count no more as less than
	// none. ErrNotPut means that it cannot be done so and that nothing was made.
	Put(ctx context.Context, path string, content io.Reader, size int64, want *Entry, moved func(n int64)) error
}

// Linker is a Tree that can hold further names of another tree's files.
type Linker interface {
	// LinkFrom makes a hard link to a file of another tree, and fails where it cannot.
	LinkFrom(from Tree, source, path string) error
}

// ErrNotPut sends a file back to Create.
var ErrNotPut = errors.New("the file cannot be put at once")

// Streamer is a Reader that has a faster way to read a large file as a whole.
type Streamer interface {
	// Stream reads the file that is open, from its start. An error sends the caller back
	// to ReadAt.
	Stream(ctx context.Context) (io.ReadCloser, error)
}

// largeFile is from which size on a file is put or streamed, which has a cost of its own.
const largeFile = 8 << 20

// MaxLinks is how many symbolic links may be on the way to a file, as on Linux.
const MaxLinks = 40
