package containerfs

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// fillsHidden returns a mount that the archive endpoints do not see and that a copy to
// place would write to, or "".
func fillsHidden(info container.InspectResponse, src Source, place string) string {
	for _, mount := range mountsInside(info).below(place) {
		inside := filepath.Join(path.Clean(src.path), strings.TrimPrefix(mount, place))
		if names, err := os.ReadDir(inside); err == nil && len(names) > 0 {
			return mount
		}
	}
	return ""
}

// copyToHidden is sendCopy by an agent, for a destination that the container hides.
func (f *Files) copyToHidden(ctx context.Context, req core.CopyToRequest, src Source, info container.InspectResponse, progress func(core.Progress)) (result core.CopyResult, err error) {
	var from hostfiles.FileSystem = localfs.FS{}
	if req.Archive && info.Config.User != "" {
		owner, err := f.containerOwner(ctx, info.ID, info.Config.User)
		if err != nil {
			return result, err
		}
		from = ownedFiles{from, owner}
	}
	err = f.insideContainer(ctx, info, func(files *insideFS) error {
		dst, err := files.target(ctx, req.Destination)
		if err != nil {
			return err
		}
		dir, name, err := placeCopy(src, dst)
		if err != nil {
			return err
		}
		if there, err := files.Stat(ctx, dir); err != nil {
			return insideFault(dir, err)
		} else if there.Type != hostfiles.Folder {
			return core.Errorf(core.KindConflict, "%s is not a folder in the container", dir).With("path", dir)
		}
		job := hostfiles.NewJob(req.Progress, progress)
		result, err = copyResult(hostfiles.Copy(ctx, from, files, path.Clean(src.path), path.Join(dir, name), true, job))
		return err
	})
	return result, err
}

// copyFromHidden is fetchCopy by an agent, for a source that the container hides.
func (f *Files) copyFromHidden(ctx context.Context, req core.CopyFromRequest, dst Target, info container.InspectResponse, progress func(core.Progress)) (result core.CopyResult, err error) {
	err = f.insideContainer(ctx, info, func(files *insideFS) error {
		src := Source{path: cleanCopyPath("/" + req.Source)}
		full := path.Clean(src.path)
		if req.FollowLink || namesFolder(src.path) {
			if full, err = files.Resolve(ctx, full); err != nil {
				return insideFault(req.Source, err)
			}
			src.path, src.rename = followed(src.path, full)
		}
		tree, err := files.Tree(ctx, path.Dir(full))
		if err != nil {
			return insideFault(req.Source, err)
		}
		what, err := tree.Lstat(ctx, strings.TrimSuffix(path.Base(full), "/"))
		switch {
		case err != nil:
			return insideFault(req.Source, err)
		case what.Type == hostfiles.Special:
			return core.Errorf(core.KindInvalidArgument, "%s is neither a file nor a folder in the container", req.Source).With("path", req.Source)
		}
		src.isDir = what.Type == hostfiles.Folder
		dir, name, err := placeCopy(src, dst)
		if err != nil {
			return err
		}
		job := hostfiles.NewJob(req.Progress, progress)
		result, err = copyResult(hostfiles.Copy(ctx, files, localfs.FS{}, full, filepath.Join(dir, name), req.Archive, job))
		return err
	})
	return result, err
}

func copyResult(files, bytes int64, err error) (core.CopyResult, error) {
	return core.CopyResult{Files: files, Bytes: bytes}, err
}

// mkdirHidden makes folders in a mount that the container hides.
func (f *Files) mkdirHidden(ctx context.Context, info container.InspectResponse, full string) error {
	owner, err := f.containerOwner(ctx, info.ID, info.Config.User)
	if err != nil {
		return err
	}
	return f.insideContainer(ctx, info, func(files *insideFS) error {
		return insideFault(full, files.mkdirAll(ctx, full, owner))
	})
}

// target is containerTarget by an agent.
func (f *insideFS) target(ctx context.Context, asked string) (Target, error) {
	dst := Target{path: cleanCopyPath("/" + asked)}
	real, err := f.Resolve(ctx, path.Clean(dst.path))
	if err != nil {
		return dst, insideFault(asked, err)
	}
	if path.Clean(dst.path) != real {
		dst.path, _ = followed(dst.path, real)
	}
	e, err := f.tree.Lstat(ctx, real[1:])
	switch {
	case fileerr.IsAbsent(err):
		return dst, nil
	case err != nil:
		return dst, insideFault(asked, err)
	case e.Type == hostfiles.Special:
		return dst, core.Errorf(core.KindInvalidArgument, "%s is a device in the container: the destination must be a folder or a file", asked).
			With("path", asked)
	}
	dst.exists, dst.isDir = true, e.Type == hostfiles.Folder
	return dst, nil
}

// ownedFiles are files as if all had one owner.
type ownedFiles struct {
	hostfiles.FileSystem
	owner ownership
}

func (o ownedFiles) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	tree, err := o.FileSystem.Tree(ctx, root)
	return ownedTree{tree, o.owner}, err
}

type ownedTree struct {
	hostfiles.Tree
	owner ownership
}

func (o ownedTree) ReadDir(ctx context.Context, folder string) ([]hostfiles.Entry, error) {
	entries, err := o.Tree.ReadDir(ctx, folder)
	for i := range entries {
		o.own(&entries[i])
	}
	return entries, err
}

func (o ownedTree) Lstat(ctx context.Context, path string) (hostfiles.Entry, error) {
	e, err := o.Tree.Lstat(ctx, path)
	o.own(&e)
	return e, err
}

func (o ownedTree) own(e *hostfiles.Entry) { e.UID, e.GID = uint32(o.owner.uid), uint32(o.owner.gid) }
