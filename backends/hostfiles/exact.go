package hostfiles

import (
	"context"
	"path"

	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// Copy copies a file, a symlink, or a folder's content, to a place that exists already or
// whose folder does. Everything is sent. A symlink at the source is not followed. With
// keepOwners, everything gets the source's owners.
func Copy(ctx context.Context, from, to FileSystem, source, place string, keepOwners bool, job *Job) (files, bytes int64, err error) {
	folder, name := path.Split(source)
	tree, err := from.Tree(ctx, folder)
	if err != nil {
		return 0, 0, fileerr.At(folder, err)
	}
	what, err := tree.Lstat(ctx, name)
	_ = tree.Close()
	if err != nil {
		return 0, 0, fileerr.At(source, err)
	}
	t := &transfer{
		Job: job, from: from, to: to, source: source, destination: place, root: what, hardLinks: true, alike: keepOwners, always: true,
	}
	if what.Type == Folder {
		err = t.run(ctx)
	} else {
		t.destination, what.Path = path.Split(place)
		err = t.runFile(ctx, what, false)
	}
	job.Meter.End()
	if err == nil {
		err = job.Issues.Err()
	}
	return job.files, job.bytes, fileerr.At(place, err)
}
