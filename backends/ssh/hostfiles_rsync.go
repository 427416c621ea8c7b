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
	"github.com/proboscis/ml_nexus_go/backends/ssh/loginshell"
	"github.com/proboscis/ml_nexus_go/backends/ssh/rsync"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// hostFiles syncs with the host's rsync where there is one, and does everything else over
// SFTP.
type hostFiles struct {
	*hostfiles.Files
	host *Host
	// noRsync is set where the host has no rsync that speaks our protocol.
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
	r := &remoteSync{host: h.host, task: task, job: job, delete: req.Delete, hardLinks: req.HardLinks, checksum: req.Checksum}
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
	return report, fileerr.At(task.Destination, err)
}

// remoteSync is one sync, over several attempts where connections are lost.
type remoteSync struct {
	host                        *Host
	task                        *hostfiles.SyncTask
	job                         *hostfiles.Job
	delete, hardLinks, checksum bool

	stats     rsync.Stats
	unchanged int64
	counted   bool
	code      int // the exit code of the host's rsync, where the sync failed
}

func (r *remoteSync) attempt(ctx context.Context) error {
	again, err := r.session(ctx)
	if again && err == nil {
		// Another sync removed a temporary file: sync again, for what is left.
		*r.job.Issues = hostfiles.Issues{}
		_, err = r.session(ctx)
	}
	return err
}

// session makes the host equal to the source, which it scans while the host's rsync starts.
func (r *remoteSync) session(ctx context.Context) (again bool, err error) {
	source, destination := r.task.Source, r.task.Destination
	if r.task.Root.Type != hostfiles.Folder {
		source, destination = path.Dir(source), path.Dir(destination)
	}
	tree, err := localfs.FS{}.Tree(ctx, source)
	if err != nil {
		return false, fileerr.At(source, err)
	}
	defer tree.Close()
	o := &rsync.Options{
		Open: tree.Open, Destination: destination, Owner: true, HardLinks: r.hardLinks, Checksum: r.checksum,
		Issues: r.job.Issues, Meter: r.job.Meter,
	}
	if r.task.Root.Type == hostfiles.Folder {
		scan := beginScan(ctx, r, tree)
		defer scan.stop()
		o.List, o.Delete = scan.list, r.delete
		o.Rules = append([]string{"- " + hostfiles.TempPattern}, r.task.Rules.Text()...)
	} else {
		name := path.Base(r.task.Source)
		o.Open = func(ctx context.Context, _ string) (hostfiles.Reader, error) { return tree.Open(ctx, name) }
		e := r.task.Root
		e.Path = path.Base(r.task.Destination)
		o.List = func(context.Context) (rsync.Listed, error) {
			r.count(1)
			return rsync.Listed{Entries: []hostfiles.Entry{e}}, nil
		}
	}
	stats, err := r.talk(ctx, o, destination)
	r.add(stats)
	return r.job.Issues.Has(syscall.ENOENT), err
}

// count counts all files as unchanged until they are sent. Attempts after the first one
// have only the rest to send.
func (r *remoteSync) count(files int64) {
	if !r.counted {
		r.counted, r.unchanged = true, files
	}
}

func (r *remoteSync) add(stats rsync.Stats) {
	r.unchanged = max(0, r.unchanged-stats.Files-stats.Links)
	r.stats.Files += stats.Files
	r.stats.Bytes += stats.Bytes
	r.stats.Deleted += stats.Deleted
}

// exitNoFolder is our command's exit code if the folder cannot be made.
const exitNoFolder = 73

// stripUnlessRoot makes the host's rsync take the set-id bits from files where it may not
// set owners: the files would then run as somebody else.
const stripUnlessRoot = `$([ "$(id -u)" = 0 ] || echo --chmod=Fug-s)`

// talk starts the host's rsync and syncs with it.
func (r *remoteSync) talk(ctx context.Context, o *rsync.Options, destination string) (rsync.Stats, error) {
	words := rsync.Command(o)
	options, folder := words[:len(words)-1], words[len(words)-1]
	line := "set -- " + loginshell.Quote(strings.TrimSuffix(destination, "/")) + `; [ -d "$1" ] || mkdir -p -- "$1" || exit 73; exec ` +
		strings.Join(options, " ") + " " + stripUnlessRoot + " " + folder + ` "$1/"`
	for {
		p, ready, err := r.host.shells.Run(ctx, line)
		if err != nil {
			return rsync.Stats{}, err
		}
		stats, err := r.speak(ctx, o, p)
		if !ready || !errors.Is(err, rsync.ErrNoGreeting) {
			return stats, err
		}
	}
}

// speak syncs with an rsync that was started.
func (r *remoteSync) speak(ctx context.Context, o *rsync.Options, p *sshconn.Process) (rsync.Stats, error) {
	defer p.Close()
	o.Abandon = p.Close
	stats, err := rsync.Run(ctx, o, p.Stdout(), p.Stdin(), p.Stderr())
	if err == nil {
		r.host.shells.Prepare()
		return stats, nil // everything is done; rsync sleeps for a moment before it exits
	}
	r.code, err = r.host.rsyncFault(ctx, p, err)
	return stats, err
}

// rsyncFault waits for the end of an rsync whose session failed, and returns the typed error.
func (h *Host) rsyncFault(ctx context.Context, p *sshconn.Process, err error) (code int, typed error) {
	// The end of its input makes rsync remove its temporary files and end.
	_ = p.CloseWrite()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), goneTime)
	defer cancel()
	code, lost := p.Wait(end)
	switch {
	case ctx.Err() != nil:
		return code, core.ContextError(ctx, "syncing")
	case lost != nil && end.Err() == nil:
		return code, lost
	case core.KindOf(err) != "":
		return code, err
	}
	if err = h.Lost(err); core.KindOf(err) != "" || errors.Is(err, rsync.ErrNoGreeting) {
		return code, err
	}
	return code, core.Errorf(core.KindEngineError, "the host's rsync ended (exit code %d) before the sync did: %w", code, err)
}

// goneTime is how long rsync may take to clean up, on a busy host, too.
const goneTime = 10 * time.Second
