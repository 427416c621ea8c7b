package ssh

import (
	"context"
	"errors"
	"path"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/ssh/rsync"
	"github.com/proboscis/ml_nexus_go/core"
)

// hostFiles syncs with the host's rsync where it has one, and does all else over SFTP.
type hostFiles struct {
	*hostfiles.Files
	conn *Connection
	// noRsync is set when the host has no rsync that we can talk to.
	noRsync atomic.Bool
}

// Sync implements core.HostFiles.
func (h *hostFiles) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	if h.noRsync.Load() {
		return h.Files.Sync(ctx, req, progress)
	}
	task, err := h.CheckSync(ctx, req)
	if err != nil {
		return core.SyncReport{Issues: []core.SyncIssue{}, Way: "rsync"}, err
	}
	job := hostfiles.NewJob(req.Progress, progress)
	r := &remoteSync{conn: h.conn, task: task, job: job, delete: req.Delete, hardLinks: req.HardLinks, checksum: req.Checksum}
	err = job.Persist(ctx, func() error { return r.attempt(ctx) })
	if errors.Is(err, rsync.ErrNoGreeting) {
		h.noRsync.Store(r.code != exitNoFolder)
		return h.Files.Sync(ctx, req, progress)
	}
	job.Meter.End()
	report := core.SyncReport{
		FilesSent: r.stats.Files, BytesSent: r.stats.Bytes, Deleted: r.stats.Deleted, Unchanged: r.unchanged, Way: "rsync",
		Seconds: time.Since(job.Started).Seconds(),
	}
	report.Issues, report.IssuesOmitted = job.Issues.List()
	if err == nil {
		err = job.Issues.Err()
	}
	return report, hostfiles.PathError(task.Destination, err)
}

// remoteSync is one sync over as many attempts as lost lines make.
type remoteSync struct {
	conn                        *Connection
	task                        *hostfiles.SyncTask
	job                         *hostfiles.Job
	delete, hardLinks, checksum bool

	stats     rsync.Stats
	unchanged int64
	attempts  int
	code      int // the host's exit code
}

func (r *remoteSync) attempt(ctx context.Context) error {
	again, err := r.session(ctx)
	if again && err == nil {
		// Another sync took a temporary file away: once more, for what is left.
		*r.job.Issues = hostfiles.Issues{}
		_, err = r.session(ctx)
	}
	return err
}

// session scans the source and makes the host like it.
func (r *remoteSync) session(ctx context.Context) (again bool, err error) {
	source, destination := r.task.Source, r.task.Destination
	if r.task.Root.Type != hostfiles.Folder {
		source, destination = path.Dir(source), path.Dir(destination)
	}
	tree, err := localfs.FS{}.Tree(ctx, source)
	if err != nil {
		return false, hostfiles.PathError(source, err)
	}
	defer tree.Close()
	o := &rsync.Options{
		Open: tree.Open, Destination: destination, Owner: true, HardLinks: r.hardLinks, Checksum: r.checksum,
		Issues: r.job.Issues, Meter: r.job.Meter,
	}
	if r.task.Root.Type == hostfiles.Folder {
		entries, complete, err := hostfiles.ScanSource(ctx, tree, r.task.Rules, scanWidth, r.job.Issues)
		if err != nil {
			return false, hostfiles.PathError(source, err)
		}
		o.Entries, o.Incomplete, o.Delete = append(entries, r.task.Root), !complete, r.delete
		o.Rules = append([]string{"- " + hostfiles.TempPattern}, r.task.Rules.Text()...)
	} else {
		name := path.Base(r.task.Source)
		o.Open = func(ctx context.Context, _ string) (hostfiles.Reader, error) { return tree.Open(ctx, name) }
		e := r.task.Root
		e.Path = path.Base(r.task.Destination)
		o.Entries = []hostfiles.Entry{e}
	}
	stats, err := r.talk(ctx, o, destination)
	r.add(o.Entries, stats)
	return r.job.Issues.Has(syscall.ENOENT), err
}

// scanWidth is how many local folders are read at once.
const scanWidth = 4

func (r *remoteSync) add(entries []hostfiles.Entry, stats rsync.Stats) {
	if r.attempts++; r.attempts == 1 {
		for i := range entries {
			if entries[i].Type == hostfiles.File {
				r.unchanged++
			}
		}
	}
	r.unchanged = max(0, r.unchanged-stats.Files-stats.Links)
	r.stats.Files += stats.Files
	r.stats.Bytes += stats.Bytes
	r.stats.Deleted += stats.Deleted
}

// exitNoFolder is our command's exit code where the folder cannot be made.
const exitNoFolder = 73

// talk starts the host's rsync and speaks with it.
func (r *remoteSync) talk(ctx context.Context, o *rsync.Options, destination string) (rsync.Stats, error) {
	script := `mkdir -p -- "$1" || exit 73; exec ` + strings.Join(rsync.Command(o), " ") + ` "$1/"`
	command := "exec sh -c " + quote(script) + " sh " + quote(strings.TrimSuffix(destination, "/"))
	p, err := r.conn.Command(ctx, command)
	if err != nil {
		return rsync.Stats{}, err
	}
	defer p.Close()
	o.Abandon = p.Close
	stats, err := rsync.Run(ctx, o, p.Stdout(), p.Stdin(), p.Stderr())
	// The end of its input makes rsync remove its temporary files and end.
	_ = p.CloseWrite()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), goneTime)
	defer cancel()
	code, lost := p.Wait(end)
	r.code = code
	switch {
	case ctx.Err() != nil:
		return stats, contextError(ctx, "syncing")
	case lost != nil && end.Err() == nil:
		return stats, lost
	case err == nil, core.KindOf(err) != "":
		return stats, err
	}
	if err = r.conn.Lost(err); core.KindOf(err) != "" || errors.Is(err, rsync.ErrNoGreeting) {
		return stats, err
	}
	return stats, core.Errorf(core.KindEngineError, "the host's rsync ended (exit code %d) before the sync did: %w", code, err)
}

// goneTime is how long rsync may take to clean up.
const goneTime = 5 * time.Second
