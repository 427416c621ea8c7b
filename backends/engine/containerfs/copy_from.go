package containerfs

import (
	"context"
	"io/fs"

	"github.com/proboscis/ml_nexus_go/backends/engine/archive"
	"github.com/proboscis/ml_nexus_go/core"
)

// CheckCopyFrom refuses an invalid copy from a container, and inspects the destination.
func CheckCopyFrom(req core.CopyFromRequest) (Target, error) {
	if err := checkCopyPaths(req.Container, req.Source, req.Destination); err != nil {
		return Target{}, err
	}
	return localTarget(req.Destination)
}

// CopyFrom copies from a container to what CheckCopyFrom found. What was complete before an
// error or the end of ctx stays; no file is half-written.
func (f *Files) CopyFrom(ctx context.Context, req core.CopyFromRequest, dst Target, progress func(core.Progress)) (core.CopyResult, error) {
	src := Source{path: req.Source}
	if req.FollowLink {
		stat, err := f.statInside(ctx, req.Container, src.path)
		if err == nil && stat.Mode&fs.ModeSymlink != 0 {
			src.path, src.rename = followed(req.Source, linkTarget(src.path, stat.LinkTarget))
		}
		if err = unlessAnswered(err); err != nil {
			return core.CopyResult{}, err
		}
	}
	// Not during the copy: the engine locks the container until the archive was read.
	info, err := f.session.API.ContainerInspect(ctx, req.Container)
	if err != nil {
		return core.CopyResult{}, err
	}
	hidden, err := f.hiddenPlace(ctx, info, src.path)
	if err != nil {
		return core.CopyResult{}, err
	}
	if hidden != "" && kernelFolder(hidden) == "" {
		if err := checkHiddenPlace(info, hidden, req.Source, false); err != nil {
			return core.CopyResult{}, err
		}
		return f.copyFromHidden(ctx, req, dst, info, progress)
	}
	content, stat, err := f.session.API.CopyFromContainer(ctx, req.Container, src.path)
	if err != nil {
		return core.CopyResult{}, copyFault(ctx, req.Source, err)
	}
	defer content.Close()
	src.isDir = stat.Mode.IsDir()
	dir, name, err := placeCopy(src, dst)
	if err != nil {
		return core.CopyResult{}, err
	}
	total := int64(-1)
	if stat.Mode.IsRegular() {
		total = stat.Size
	}
	meter := newCopyProgress(req.Progress, progress, total)
	totals, err := archive.Extract(ctx, content, dir, archive.ExtractOptions{
		Base: servedBase(src.path), Name: name, Owner: req.Archive, Holes: req.Archive, Progress: meter.watch(),
	})
	if err != nil {
		return core.CopyResult{}, err
	}
	meter.end(totals)
	return core.CopyResult{Bytes: totals.Bytes, Files: totals.Files}, nil
}

// servedBase returns the engine's name for the top of a path's archive. It treats paths as
// below the root.
func servedBase(inside string) string {
	_, base := splitEntry(cleanCopyPath("/" + inside))
	return base
}
