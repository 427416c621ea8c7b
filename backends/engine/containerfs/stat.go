package containerfs

import (
	"context"
	"path"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// StatFile implements core.FileAccess.
func (a *Access) StatFile(ctx context.Context, req core.StatFileRequest) (entry core.FileEntry, err error) {
	err = a.perform(ctx, &req.FileRequest, func(ctx context.Context) error {
		entry, err = a.files.stat(ctx, req.Container, path.Clean(req.Path), !req.NoFollow)
		return err
	})
	return entry, err
}

func (f *Files) stat(ctx context.Context, name, full string, follow bool) (entry core.FileEntry, err error) {
	var seen error // a mount may hide what the archive endpoints see
	info, hidden, err := f.placed(ctx, name, full, func() error {
		entry, seen = f.archivedEntry(ctx, name, full, follow)
		return unlessMissing(seen)
	})
	if err == nil && hidden == "" {
		err = seen
	}
	if err == nil && hidden != "" {
		err = f.insideContainer(ctx, info, func(files *insideFS) error {
			e, err := files.look(ctx, full, follow)
			entry = describe(&e)
			return err
		})
	}
	entry.Path, entry.Name = full, path.Base(full)
	return entry, err
}

// look is Stat, or Lstat.
func (f *insideFS) look(ctx context.Context, full string, follow bool) (hostfiles.Entry, error) {
	if follow || full == "/" {
		return f.Stat(ctx, full)
	}
	folder, err := f.Resolve(ctx, path.Dir(full))
	if err != nil {
		return hostfiles.Entry{}, err
	}
	return f.tree.Lstat(ctx, path.Join(folder, path.Base(full))[1:])
}

// FileExists implements core.FileAccess.
func (a *Access) FileExists(ctx context.Context, req core.FileRequest) (exists bool, err error) {
	err = a.perform(ctx, &req, func(ctx context.Context) error {
		exists, err = a.files.exists(ctx, req.Container, path.Clean(req.Path))
		return err
	})
	return exists, err
}

// exists looks at a path in one round trip, unless it is a symlink.
func (f *Files) exists(ctx context.Context, name, full string) (bool, error) {
	var seen error
	info, hidden, err := f.placed(ctx, name, full, func() error {
		stat, err := f.statSaying(ctx, name, full)
		if err == nil && stat.LinkTarget != "" {
			_, err = f.statSaying(ctx, name, linkTarget(full, stat.LinkTarget))
		}
		seen = err
		return unlessMissing(err)
	})
	if err == nil && hidden != "" {
		seen = f.insideContainer(ctx, info, func(files *insideFS) error {
			_, err := files.Stat(ctx, full)
			return err
		})
		err = unlessMissing(seen)
	}
	return err == nil && seen == nil, err
}

// LookShown describes what is at a path without symlinks, as the archive endpoints see it: not
// its owner, nor where a symlink leads.
func (f *Files) LookShown(ctx context.Context, id, full string) (e hostfiles.Entry, err error) {
	stat, err := f.statSaying(ctx, id, full)
	if err != nil {
		return e, err
	}
	e = hostfiles.Entry{MTime: UnixNano(stat.Mtime), Mode: uint16(modeBits(stat.Mode)), Type: KindOf(stat.Mode)}
	if e.Type == hostfiles.File {
		e.Size = stat.Size
	}
	return e, nil
}

// statSaying is statInside whose errors say why: an engine's answer to a HEAD has no message.
func (f *Files) statSaying(ctx context.Context, name, full string) (container.PathStat, error) {
	stat, err := f.statInside(ctx, name, full)
	switch {
	case cerrdefs.IsNotFound(err): // the container is asked about elsewhere
		err = syscall.ENOENT
	case err != nil && unlessAnswered(err) == nil:
		var a *archived
		if a, err = f.openArchive(ctx, name, full, false); err == nil {
			a.close()
			stat = a.stat
		}
	}
	return stat, err
}
