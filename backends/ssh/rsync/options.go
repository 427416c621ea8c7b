package rsync

import (
	"context"
	"errors"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Options say what to make alike. They must be those of the receiver's command line;
// see Command.
type Options struct {
	// List returns the source: a folder with its root (path "") or a single file. It is
	// called when the receiver is ready for it.
	List   func(ctx context.Context) (Listed, error)
	Open   func(ctx context.Context, path string) (hostfiles.Reader, error)
	Rules  []string // of both sides; used with Delete only
	Delete bool
	// HardLinks, Checksum as in core.SyncRequest.
	HardLinks, Checksum bool
	Owner               bool // owner and group too
	Issues              *hostfiles.Issues
	Meter               *hostfiles.Meter
	// Abandon closes the streams at once, where the receiver does not take what is sent
	// when the context ends.
	Abandon func()
	// Destination is what the receiver's messages have in front of paths.
	Destination string
}

// Listed is a source.
type Listed struct {
	Entries []hostfiles.Entry
	// Incomplete says that not all of the source could be read.
	Incomplete bool
}

// Stats is what a session did.
type Stats struct {
	Files, Bytes int64 // sent: regular files with content, and that content
	Spared       int64 // content that the receiver had
	Links        int64 // further names made
	Deleted      int64
	Wire         int64 // bytes sent in all
}

// ErrNoGreeting says that no rsync answered.
var ErrNoGreeting = errors.New("no rsync of protocol 31 answers")

// Command is the receiver's command line, without the destination.
func Command(o *Options) []string {
	letters := "-ltpr"
	if o.Owner {
		letters += "og"
	}
	if o.HardLinks {
		letters += "H"
	}
	if o.Checksum {
		letters += "c"
	}
	// Messages come in order with the rest, not by stderr: a session is over when all was
	// said, and need not wait for the receiver's process.
	words := []string{"rsync", "--server", letters + "e.LsfxCIvu", "--numeric-ids", "--modify-window=-1", "--no-msgs2stderr"}
	if o.Delete {
		words = append(words, "--delete", "--info=stats2")
	}
	return append(words, ".")
}
