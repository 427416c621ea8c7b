package containerfs

import (
	"context"
	"io/fs"
	"path"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/archive"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// CheckCopyTo refuses an invalid copy to a container, and inspects the source.
func CheckCopyTo(req core.CopyToRequest) (Source, error) {
	if err := checkCopyPaths(req.Container, req.Destination, req.Source); err != nil {
		return Source{}, err
	}
	return localSource(req.Source, req.FollowLink)
}

// CopyTo copies what CheckCopyTo found into a container. What the engine wrote before an error
// or the end of ctx stays there.
func (f *Files) CopyTo(ctx context.Context, req core.CopyToRequest, src Source, progress func(core.Progress)) (core.CopyResult, error) {
	var dst Target
	var info container.InspectResponse
	var hidden string
	err := f.session.Retry(ctx, func(ctx context.Context) error {
		err := guard.All(ctx, func() (err error) {
			dst, err = f.containerTarget(ctx, req.Container, req.Destination)
			return err
		}, func() (err error) {
			info, err = f.session.API.ContainerInspect(ctx, req.Container)
			return err
		})
		if err == nil {
			hidden, err = f.hiddenPlace(ctx, info, req.Destination)
		}
		if err == nil && hidden == "" && dst.path != req.Destination {
			hidden, err = f.hiddenPlace(ctx, info, dst.path)
		}
		return err
	})
	if err != nil {
		return core.CopyResult{}, err
	}
	if hidden != "" {
		return f.sendHidden(ctx, req, src, info, hidden, progress)
	}
	dir, name, err := placeCopy(src, dst)
	if err != nil {
		return core.CopyResult{}, err
	}
	if hidden = fillsHidden(info, src, path.Join("/", dir, name)); hidden != "" {
		return f.sendHidden(ctx, req, src, info, hidden, progress)
	}
	// Where it goes is settled: to do it again gives the same.
	var result core.CopyResult
	err = f.session.Retry(ctx, func(ctx context.Context) error {
		result, err = f.sendCopy(ctx, req, src, dir, name, progress)
		return err
	})
	return result, err
}

// sendHidden copies into, or across, what the archive endpoints do not see.
func (f *Files) sendHidden(ctx context.Context, req core.CopyToRequest, src Source, info container.InspectResponse, place string, progress func(core.Progress)) (result core.CopyResult, err error) {
	if err := checkHiddenPlace(info, place, req.Destination, true); err != nil {
		return result, err
	}
	err = f.session.Retry(ctx, func(ctx context.Context) error {
		result, err = f.copyToHidden(ctx, req, src, info, progress)
		return err
	})
	return result, err
}

func (f *Files) sendCopy(ctx context.Context, req core.CopyToRequest, src Source, dir, name string, progress func(core.Progress)) (core.CopyResult, error) {
	meter := newCopyProgress(req.Progress, progress, copySize(ctx, src, req.Progress))
	tree := archive.NewTree(ctx, path.Clean(src.path), archive.TreeOptions{Name: name, Progress: meter.watch()})
	err := f.session.API.CopyToContainer(ctx, req.Container, dir, tree, container.CopyToContainerOptions{CopyUIDGID: req.Archive})
	_ = tree.Close()
	totals, own := tree.Wait()
	if own != nil {
		err = own // the engine only saw the stream end
	}
	if err != nil {
		return core.CopyResult{}, copyFault(ctx, dir, err)
	}
	meter.end(totals)
	return core.CopyResult{Bytes: totals.Bytes, Files: totals.Files}, nil
}

// containerTarget inspects a destination in a container and follows a link there. What
// cannot be inspected counts as missing: the copy itself returns the better error.
func (f *Files) containerTarget(ctx context.Context, name, asked string) (Target, error) {
	dst := Target{path: asked}
	stat, err := f.statInside(ctx, name, asked)
	if err == nil && stat.Mode&fs.ModeSymlink != 0 {
		dst.path = linkTarget(asked, stat.LinkTarget)
		stat, err = f.statInside(ctx, name, dst.path)
	}
	if err != nil {
		return dst, unlessAnswered(err)
	}
	if stat.Mode&(fs.ModeDevice|fs.ModeIrregular) != 0 {
		return dst, core.Errorf(core.KindInvalidArgument, "%s is a device in the container: the destination must be a folder or a file", asked).
			With("path", asked)
	}
	dst.exists, dst.isDir = true, stat.Mode.IsDir()
	return dst, nil
}

func (f *Files) statInside(ctx context.Context, name, inside string) (container.PathStat, error) {
	return f.session.API.ContainerStatPath(ctx, name, inside)
}

// linkTarget returns where a link at asked leads.
func linkTarget(asked, link string) string {
	if path.IsAbs(link) {
		return link
	}
	parent, _ := splitEntry(asked)
	return path.Join(parent, link)
}

// unlessAnswered returns the errors that are not an engine's answer about a path.
func unlessAnswered(err error) error {
	if cerrdefs.IsNotFound(err) || cerrdefs.IsInternal(err) || cerrdefs.IsInvalidArgument(err) {
		return nil
	}
	return err
}
