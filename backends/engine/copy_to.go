package engine

import (
	"context"
	"io/fs"
	"path"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/archive"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// CopyTo implements core.ContainerFiles. What the engine wrote before an error or the
// end of ctx stays in the container.
func (e *Engine) CopyTo(ctx context.Context, req core.CopyToRequest, progress func(core.Progress)) (result core.CopyResult, err error) {
	src, invalid := copyToSource(req)
	err = e.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: invalid, Long: true}, func(ctx context.Context) error {
		result, err = e.copyTo(ctx, req, src, progress)
		return err
	})
	return result, err
}

func copyToSource(req core.CopyToRequest) (copySource, error) {
	if err := checkCopyPaths(req.Container, req.Destination, req.Source); err != nil {
		return copySource{}, err
	}
	return localSource(req.Source, req.FollowLink)
}

func (e *Engine) copyTo(ctx context.Context, req core.CopyToRequest, src copySource, progress func(core.Progress)) (core.CopyResult, error) {
	var dst copyTarget
	var info container.InspectResponse
	var hidden string
	err := e.session.Retry(ctx, func(ctx context.Context) error {
		err := atOnce(ctx, func() (err error) {
			dst, err = e.containerTarget(ctx, req.Container, req.Destination)
			return err
		}, func() (err error) {
			info, err = e.api.ContainerInspect(ctx, req.Container)
			return err
		})
		if err == nil {
			hidden, err = e.hiddenPlace(ctx, info, req.Destination)
		}
		if err == nil && hidden == "" && dst.path != req.Destination {
			hidden, err = e.hiddenPlace(ctx, info, dst.path)
		}
		return err
	})
	if err != nil {
		return core.CopyResult{}, err
	}
	if hidden != "" {
		return e.sendHidden(ctx, req, src, info, hidden, progress)
	}
	dir, name, err := placeCopy(src, dst)
	if err != nil {
		return core.CopyResult{}, err
	}
	if hidden = fillsHidden(info, src, path.Join("/", dir, name)); hidden != "" {
		return e.sendHidden(ctx, req, src, info, hidden, progress)
	}
	// Where it goes is settled: to do it again gives the same.
	var result core.CopyResult
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		result, err = e.sendCopy(ctx, req, src, dir, name, progress)
		return err
	})
	return result, err
}

// sendHidden copies into, or across, what the archive endpoints do not see.
func (e *Engine) sendHidden(ctx context.Context, req core.CopyToRequest, src copySource, info container.InspectResponse, place string, progress func(core.Progress)) (result core.CopyResult, err error) {
	if err := checkHiddenPlace(info, place, req.Destination, true); err != nil {
		return result, err
	}
	err = e.session.Retry(ctx, func(ctx context.Context) error {
		result, err = e.copyToHidden(ctx, req, src, info, progress)
		return err
	})
	return result, err
}

// atOnce does several things side by side, and gives the first error.
func atOnce(ctx context.Context, things ...func() error) error {
	return guard.Each(ctx, len(things), len(things), func(i int) error { return things[i]() })
}

func (e *Engine) sendCopy(ctx context.Context, req core.CopyToRequest, src copySource, dir, name string, progress func(core.Progress)) (core.CopyResult, error) {
	meter := newCopyProgress(req.Progress, progress, copySize(ctx, src, req.Progress))
	tree := archive.NewTree(ctx, path.Clean(src.path), archive.TreeOptions{Name: name, Progress: meter.watch()})
	err := e.api.CopyToContainer(ctx, req.Container, dir, tree, container.CopyToContainerOptions{CopyUIDGID: req.Archive})
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

// containerTarget looks at a destination in a container and follows a link there. What
// cannot be looked at counts as missing: the copy itself gives the better error.
func (e *Engine) containerTarget(ctx context.Context, name, asked string) (copyTarget, error) {
	dst := copyTarget{path: asked}
	stat, err := e.statInside(ctx, name, asked)
	if err == nil && stat.Mode&fs.ModeSymlink != 0 {
		dst.path = linkTarget(asked, stat.LinkTarget)
		stat, err = e.statInside(ctx, name, dst.path)
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

func (e *Engine) statInside(ctx context.Context, name, inside string) (container.PathStat, error) {
	return e.api.ContainerStatPath(ctx, name, inside)
}

// linkTarget is where a link at asked leads.
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
