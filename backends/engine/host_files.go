package engine

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/engine/hostfs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// Upload implements core.HostFiles.
func (e *Engine) Upload(ctx context.Context, req core.UploadRequest, progress func(core.Progress)) (core.HostCopyResult, error) {
	return onHost(e, ctx, func(ctx context.Context, files core.HostFiles) (core.HostCopyResult, error) {
		return files.Upload(ctx, req, progress)
	})
}

// Download implements core.HostFiles.
func (e *Engine) Download(ctx context.Context, req core.DownloadRequest, progress func(core.Progress)) (core.HostCopyResult, error) {
	return onHost(e, ctx, func(ctx context.Context, files core.HostFiles) (core.HostCopyResult, error) {
		return files.Download(ctx, req, progress)
	})
}

// Delete implements core.HostFiles.
func (e *Engine) Delete(ctx context.Context, req core.HostDeleteRequest) (core.HostDeleteResult, error) {
	return onHost(e, ctx, func(ctx context.Context, files core.HostFiles) (core.HostDeleteResult, error) {
		if err := e.protect(ctx, &req.Protection); err != nil {
			return core.HostDeleteResult{}, err
		}
		return files.Delete(ctx, req)
	})
}

// Mkdir implements core.HostFiles.
func (e *Engine) Mkdir(ctx context.Context, req core.HostMkdirRequest) error {
	_, err := onHost(e, ctx, func(ctx context.Context, files core.HostFiles) (struct{}, error) {
		return struct{}{}, files.Mkdir(ctx, req)
	})
	return err
}

// Sync implements core.HostFiles.
func (e *Engine) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	if req.Node != "" {
		err := core.Errorf(core.KindInvalidArgument, "this is one engine, and it has no node %s: connect to the fleet (swarm://HOST)", req.Node).With("reason", "no_fleet")
		return core.SyncReport{Issues: []core.SyncIssue{}}, e.session.Perform(ctx, session.Operation{Invalid: err}, nil)
	}
	return onHost(e, ctx, func(ctx context.Context, files core.HostFiles) (core.SyncReport, error) {
		if req.Delete {
			if err := e.protect(ctx, &req.Protection); err != nil {
				return core.SyncReport{Issues: []core.SyncIssue{}}, err
			}
		}
		return files.Sync(ctx, req, progress)
	})
}

// SyncFrom implements core.HostFiles.
func (e *Engine) SyncFrom(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	return onHost(e, ctx, func(ctx context.Context, files core.HostFiles) (core.SyncReport, error) {
		if err := e.protectHere(ctx, &req); err != nil {
			return core.SyncReport{Issues: []core.SyncIssue{}}, err
		}
		return files.SyncFrom(ctx, req, progress)
	})
}

// onHost does one operation.
func onHost[R any](e *Engine, ctx context.Context, do func(ctx context.Context, files core.HostFiles) (R, error)) (result R, err error) {
	files := e.opts.HostFiles
	err = e.session.Perform(ctx, session.Operation{Long: true, WithoutEngine: files != nil}, func(ctx context.Context) error {
		if files == nil {
			result, err = throughEngine(e, ctx, do)
		} else {
			result, err = do(ctx, files)
		}
		return err
	})
	return result, err
}

// throughEngine does an operation on a host that is reached through its engine alone.
func throughEngine[R any](e *Engine, ctx context.Context, do func(ctx context.Context, files core.HostFiles) (R, error)) (R, error) {
	s := hostfs.Open(ctx, e.session, e.agents)
	result, err := do(ctx, hostfiles.New(s, localfs.FS{}))
	if stays := s.Close(ctx); err == nil && stays != nil {
		err = stays
	}
	return result, err
}
