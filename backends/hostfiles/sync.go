package hostfiles

import (
	"context"
	"path"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// Sync implements core.HostFiles.
func (f *Files) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	return f.sync(ctx, syncing{SyncRequest: req, from: f.local, to: f.host}, progress)
}

// SyncFrom implements core.HostFiles.
func (f *Files) SyncFrom(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	if _, err := protect.CleanPath(req.Source); err != nil {
		return core.SyncReport{Issues: []core.SyncIssue{}}, err
	}
	return f.sync(ctx, syncing{SyncRequest: req, from: f.host, to: f.local}, progress)
}

// syncing is a request and the two sides.
type syncing struct {
	core.SyncRequest
	from, to FileSystem
}

func (f *Files) sync(ctx context.Context, req syncing, progress func(core.Progress)) (core.SyncReport, error) {
	job := NewJob(req.Progress, progress)
	report := core.SyncReport{Issues: []core.SyncIssue{}}
	features, err := f.host.Features(ctx)
	if err != nil {
		return report, err
	}
	report.Way = features.Way
	s, err := req.check(ctx)
	if err != nil {
		return report, err
	}
	err = job.Persist(ctx, func() error { return req.once(ctx, s, job) })
	if req.to == f.local {
		job.cleanHere(ctx, f.local, s.folder())
	}
	job.Meter.End()
	report.FilesSent, report.BytesSent, report.Deleted, report.Unchanged = job.files, job.bytes, job.deleted, job.unchanged
	report.Seconds = job.seconds()
	report.Issues, report.IssuesOmitted = job.Issues.List()
	if err == nil {
		err = job.Issues.Err()
	}
	return report, fileerr.At(s.Destination, err)
}

// SyncTask is a request that was checked.
type SyncTask struct {
	Source      string // resolved
	Root        Entry  // the source itself: a folder or a file
	Destination string // cleaned; for a file the file's place
	Rules       *filter.Rules
}

// folder returns the folder that the sync writes to.
func (s *SyncTask) folder() string {
	if s.Root.Type == Folder {
		return s.Destination
	}
	return path.Dir(s.Destination)
}

// CheckSync refuses what Sync cannot do before anything is changed.
func (f *Files) CheckSync(ctx context.Context, req core.SyncRequest) (s *SyncTask, err error) {
	return syncing{SyncRequest: req, from: f.local, to: f.host}.check(ctx)
}

func (req syncing) check(ctx context.Context) (s *SyncTask, err error) {
	err = persist(ctx, never, func() error {
		s, err = req.checkOnce(ctx)
		return err
	})
	return s, err
}

func (req syncing) checkOnce(ctx context.Context) (*SyncTask, error) {
	rules, err := filter.Parse(req.Filters, req.Includes, req.Excludes)
	if err != nil {
		return nil, err
	}
	s := &SyncTask{Rules: rules}
	if s.Source, err = req.from.Resolve(ctx, req.Source); err != nil {
		return nil, fileerr.At(req.Source, err)
	}
	if s.Root, err = req.from.Stat(ctx, s.Source); err != nil {
		return nil, fileerr.At(req.Source, err)
	}
	switch s.Root.Type {
	case Folder:
		s.Destination, err = req.folderPlace(ctx, rules)
	case File:
		s.Destination, err = req.filePlace(ctx)
	default:
		err = core.Errorf(core.KindInvalidArgument, "%s is neither a file nor a folder", req.Source).With("path", req.Source)
	}
	if err != nil {
		return nil, err
	}
	return s, req.checkOverlap(ctx, s)
}

// folderPlace returns the folder that is to become like the source. Where something may be
// deleted there, it is without symlinks: what was checked is what is used.
func (req syncing) folderPlace(ctx context.Context, rules *filter.Rules) (string, error) {
	place, err := protect.CleanPath(req.Destination)
	if err != nil {
		return "", err
	}
	if !req.Delete && !req.AllowSystemPaths {
		return protect.CheckSync(req.Destination)
	}
	if !req.Delete {
		return place, checkName(req.Destination, place, req.Protection)
	}
	real, err := req.to.Resolve(ctx, place)
	if err != nil {
		return "", fileerr.At(place, err)
	}
	kept := func(at string) bool {
		inside, isInside := strings.CutPrefix(at, real+"/")
		return isInside && excludedWithParents(rules, inside)
	}
	return real, checkDeletion(ctx, req.to, req.Destination, real, req.Protection, kept)
}

func (req syncing) filePlace(ctx context.Context) (string, error) {
	place, err := protect.CleanPath(req.Destination)
	if err != nil {
		return "", err
	}
	there, err := req.to.Stat(ctx, place)
	switch {
	case err == nil && there.Type == Folder, fileerr.IsAbsent(err) && strings.HasSuffix(req.Destination, "/"):
		return path.Join(place, path.Base(path.Clean(req.Source))), nil
	case err == nil && strings.HasSuffix(req.Destination, "/"):
		return "", notFolder(req.Destination)
	case err != nil && !fileerr.IsAbsent(err):
		return "", fileerr.At(place, err)
	}
	return place, nil
}

// checkOverlap refuses a folder into itself, and a deletion that would reach the source.
func (req syncing) checkOverlap(ctx context.Context, s *SyncTask) error {
	if req.from != req.to {
		return nil
	}
	destination, err := req.to.Resolve(ctx, s.Destination)
	if err != nil {
		return fileerr.At(s.Destination, err)
	}
	inside, isInside := strings.CutPrefix(destination, s.Source+"/")
	switch {
	case destination == s.Source:
		return protect.Refuse(s.Destination, "it is the source itself")
	case isInside && !excludedWithParents(s.Rules, inside):
		return protect.Refuse(s.Destination, "it is in the source, and no rule excludes it")
	case strings.HasPrefix(s.Source, strings.TrimSuffix(destination, "/")+"/") && req.Delete:
		return protect.Refuse(s.Destination, "the source is in it and might be deleted")
	}
	return nil
}

func excludedWithParents(rules *filter.Rules, folder string) bool {
	for folder != "" {
		if rules.Excluded(folder, true) {
			return true
		}
		folder, _ = Split(folder)
	}
	return false
}

func (req syncing) once(ctx context.Context, s *SyncTask, job *Job) error {
	t := &transfer{
		Job: job, from: req.from, to: req.to, source: s.Source, destination: s.Destination, root: s.Root, rules: s.Rules,
		delete: req.Delete, hardLinks: req.HardLinks, linkSource: req.LinkSource, checksum: req.Checksum, alike: true,
	}
	if s.Root.Type == Folder {
		return t.run(ctx)
	}
	folder, name := path.Split(s.Destination)
	if err := req.to.MkdirAll(ctx, path.Clean(folder)); err != nil {
		return fileerr.At(folder, err)
	}
	e := s.Root
	e.Path, t.destination = name, folder
	return t.runFile(ctx, e, true)
}
