package containersync

import (
	"context"
	"path"
	"strings"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
)

// archivedFS is the file system of a container that does not run, to read from: the
// engine's archive endpoints show it. What they cannot show is an archive's part, so that
// a tree of it is a hostfiles.Batch: the archive is read once for the list, and again for
// the files that are wanted.
type archivedFS struct {
	hostfiles.FileSystem // nil: nothing is written
	files                *containerfs.Files
	api                  *client.Client
	id                   string // of the container
}

// Features implements hostfiles.FileSystem.
func (a *archivedFS) Features(context.Context) (hostfiles.Features, error) {
	return hostfiles.Features{Way: "archive", Concurrency: 1}, nil
}

// Resolve implements hostfiles.FileSystem.
func (a *archivedFS) Resolve(ctx context.Context, asked string) (string, error) {
	real, err := a.files.ResolveShown(ctx, a.id, asked)
	return real, agent.Fault(ctx, err)
}

// Stat implements hostfiles.FileSystem.
func (a *archivedFS) Stat(ctx context.Context, asked string) (hostfiles.Entry, error) {
	e, err := a.files.LookShown(ctx, a.id, asked)
	return e, agent.Fault(ctx, err)
}

// Tree implements hostfiles.FileSystem.
func (a *archivedFS) Tree(_ context.Context, root string) (hostfiles.Tree, error) {
	return &archivedTree{fs: a, root: path.Clean(root)}, nil
}

// Known implements hostfiles.FileSystem.
func (a *archivedFS) Known(context.Context, string) (known protect.Known, err error) { return }

// relativeName returns the path of an archive's entry below the top; false where it is
// not below it.
func relativeName(name, base string) (string, bool) {
	name = strings.TrimSuffix(name, "/")
	if base == "/" {
		return strings.TrimPrefix(name, "/"), true
	}
	if name == base {
		return "", true
	}
	return strings.CutPrefix(name, base+"/")
}
