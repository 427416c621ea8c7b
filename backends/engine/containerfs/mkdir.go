package containerfs

import (
	"context"
	"io/fs"
	"path"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/archive"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Mkdir makes a folder and its parents. It needs nothing in the container, which may
// be stopped. New folders belong to the container's user; existing ones do not change.
func (f *Files) Mkdir(ctx context.Context, req core.MkdirInRequest) error {
	var info container.InspectResponse
	var found bool
	var cannot error
	err := guard.All(ctx, func() error {
		if path.IsAbs(req.Path) { // it usually exists already
			found, cannot = f.folderInside(ctx, req.Container, path.Clean(req.Path))
		}
		return nil
	}, func() (err error) {
		info, err = f.session.API.ContainerInspect(ctx, req.Container)
		return err
	})
	if err != nil {
		return err
	}
	full := req.Path
	if !path.IsAbs(full) {
		full = path.Join("/", info.Config.WorkingDir, full)
	}
	hidden, err := f.hiddenPlace(ctx, info, full)
	if err != nil {
		return err
	}
	if hidden != "" {
		if path.Clean(full) == hidden {
			return nil // mounted folders exist
		}
		if err := checkHiddenPlace(info, hidden, req.Path, true); err != nil {
			return err
		}
		return f.mkdirHidden(ctx, info, path.Clean(full))
	}
	if found || cannot != nil {
		return cannot
	}
	above, missing, err := f.missingFolders(ctx, req.Container, path.Clean(full))
	if err != nil || len(missing) == 0 {
		return err
	}
	owner, err := f.containerOwner(ctx, req.Container, info.Config.User)
	if err != nil {
		return err
	}
	content, err := archive.Folders(missing, owner.uid, owner.gid, time.Now())
	if err != nil {
		return err
	}
	err = f.session.API.CopyToContainer(ctx, req.Container, above, content, container.CopyToContainerOptions{})
	return copyFault(ctx, path.Join(append([]string{above}, missing...)...), err)
}

// folderInside reports whether a folder, or a link to one, exists. Anything else there is a
// Conflict.
func (f *Files) folderInside(ctx context.Context, name, inside string) (bool, error) {
	stat, err := f.statInside(ctx, name, inside)
	if err == nil && stat.Mode&fs.ModeSymlink != 0 {
		stat, err = f.statInside(ctx, name, linkTarget(inside, stat.LinkTarget))
		if cerrdefs.IsNotFound(err) {
			return false, core.Errorf(core.KindConflict, "%s is a broken link in the container", inside).With("path", inside)
		}
	}
	switch {
	case cerrdefs.IsNotFound(err):
		return false, nil
	case cerrdefs.IsInternal(err):
		// A file on the way: missingFolders finds it.
		return false, nil
	case err != nil:
		return false, err
	case !stat.Mode.IsDir():
		return false, core.Errorf(core.KindConflict, "%s is a file in the container", inside).With("path", inside)
	}
	return true, nil
}

// missingFolders finds the deepest existing folder, and the missing names below it.
func (f *Files) missingFolders(ctx context.Context, name, full string) (above string, missing []string, err error) {
	for above = full; above != "/"; above = path.Dir(above) {
		found, err := f.folderInside(ctx, name, above)
		if err != nil {
			return "", nil, err
		}
		if found {
			break
		}
		missing = append([]string{path.Base(above)}, missing...)
	}
	return above, missing, nil
}
