// Package hostfiles is what every way to the files on a host shares: the scan of a tree, the
// plan (what differs and must be sent, made, linked or deleted), and carrying it out with
// temporary names and renames, progress and a report. A way to a host is a FileSystem; New
// makes core.HostFiles from it. A way with a protocol of its own (rsync over SSH) uses
// ScanSource, Issues and Meter itself.
//
// It imports core, filter and protect.
package hostfiles

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// Files is core.HostFiles over a host's file system.
type Files struct {
	host, local FileSystem
}

var _ core.HostFiles = (*Files)(nil)

// New makes core.HostFiles from the host's file system and this machine's, which are the
// same if the engine is here. What another machine sends is checked.
func New(host, local FileSystem) *Files {
	if host != local {
		host = checked{host}
	}
	return &Files{host: host, local: local}
}

// Here reports whether the host is this machine.
func (f *Files) Here() bool { return f.host == f.local }

// Mkdir implements core.HostFiles.
func (f *Files) Mkdir(ctx context.Context, req core.HostMkdirRequest) error {
	cleaned, err := protect.CleanPath(req.Path)
	if err != nil {
		return err
	}
	err = persist(ctx, never, func() error { return f.host.MkdirAll(ctx, cleaned) })
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) {
		return core.Errorf(core.KindConflict, "%s cannot be a folder: a file has its name, or the name of a folder above it", cleaned).With("path", cleaned)
	}
	return fileerr.At(cleaned, err)
}

// Delete implements core.HostFiles.
func (f *Files) Delete(ctx context.Context, req core.HostDeleteRequest) (core.HostDeleteResult, error) {
	cleaned, err := protect.CleanPath(req.Path)
	if err != nil {
		return core.HostDeleteResult{}, err
	}
	if err := checkName(req.Path, cleaned, req.Protection); err != nil {
		return core.HostDeleteResult{}, err
	}
	var deleted atomic.Int64
	err = persist(ctx, deleted.Load, func() error { return f.deleteOnce(ctx, req, cleaned, &deleted) })
	return core.HostDeleteResult{Deleted: deleted.Load()}, err
}

func (f *Files) deleteOnce(ctx context.Context, req core.HostDeleteRequest, cleaned string, deleted *atomic.Int64) error {
	folder, name := path.Split(cleaned)
	// A symlink on the way may lead to something that must not be deleted.
	folder, err := f.host.Resolve(ctx, folder)
	if err != nil {
		return fileerr.At(cleaned, err)
	}
	real := path.Join(folder, name)
	if err := checkDeletion(ctx, f.host, req.Path, real, req.Protection, keepNothing); err != nil {
		return err
	}
	return fileerr.At(real, f.delete(ctx, folder, name, deleted))
}

func (f *Files) delete(ctx context.Context, folder, name string, deleted *atomic.Int64) error {
	features, err := f.host.Features(ctx)
	if err != nil {
		return err
	}
	tree, err := f.host.Tree(ctx, folder)
	if fileerr.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer tree.Close()
	e, err := tree.Lstat(ctx, name)
	if fileerr.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	remover := &Remover{Tree: tree, Concurrency: features.Concurrency, Deleted: deleted}
	if e.Type == Folder {
		return remover.Folder(ctx, name)
	}
	return remover.one(ctx, name, false)
}

// Upload implements core.HostFiles.
func (f *Files) Upload(ctx context.Context, req core.UploadRequest, progress func(core.Progress)) (core.HostCopyResult, error) {
	if _, err := protect.CleanPath(req.Destination); err != nil {
		return core.HostCopyResult{Issues: []core.SyncIssue{}}, err
	}
	c := &copying{
		from: f.local, to: f.host, source: req.Source, destination: req.Destination,
		verify: req.Checksum, Job: NewJob(req.Progress, progress),
	}
	return c.run(ctx)
}

// Download implements core.HostFiles.
func (f *Files) Download(ctx context.Context, req core.DownloadRequest, progress func(core.Progress)) (core.HostCopyResult, error) {
	if _, err := protect.CleanPath(req.Source); err != nil {
		return core.HostCopyResult{Issues: []core.SyncIssue{}}, err
	}
	c := &copying{
		from: f.host, to: f.local, source: req.Source, destination: req.Destination,
		verify: req.Checksum, Job: NewJob(req.Progress, progress),
	}
	result, err := c.run(ctx)
	c.cleanHere(ctx, f.local, c.folderHere)
	return result, err
}

// Job is what an operation keeps between attempts after a lost connection.
type Job struct {
	Issues  *Issues
	Meter   *Meter
	Temps   *Temps
	Started time.Time

	files, bytes, deleted, unchanged int64
	attempts                         int
}

// NewJob makes a job; progress may be nil.
func NewJob(wanted bool, progress func(core.Progress)) *Job {
	return &Job{Issues: &Issues{}, Meter: NewMeter(wanted, progress), Temps: &Temps{}, Started: time.Now()}
}

// Persist repeats an idempotent operation when the connection is lost, as long as each
// attempt gets further than the previous one.
func (j *Job) Persist(ctx context.Context, do func() error) error {
	return persist(ctx, j.Meter.Moved, func() error {
		*j.Issues = Issues{}
		return do()
	})
}

// persist repeats an operation when the connection is lost, as long as each attempt does
// more.
func persist(ctx context.Context, done func() int64, do func() error) error {
	idle := 0
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 20*time.Millisecond, 500*time.Millisecond
	for {
		before := done()
		err := do()
		if core.KindOf(err) != core.KindConnectionLost || ctx.Err() != nil {
			return err
		}
		if done() > before {
			idle = 0
			pause.Reset()
		}
		if idle++; idle == maxIdleAttempts {
			return err
		}
		if idle > 1 {
			rest(ctx, pause.NextBackOff())
		}
	}
}

// rest waits, unless ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// never is the progress of an operation that is done at once or not at all.
func never() int64 { return 0 }

// maxIdleAttempts is how many attempts in a row may move nothing: as many as of calls that are
// repeated (session.Retry).
const maxIdleAttempts = 10

func (j *Job) seconds() float64 { return time.Since(j.Started).Seconds() }
