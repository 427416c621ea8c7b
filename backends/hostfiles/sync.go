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
	job := NewJob(req.Progress, progress)
	report := core.SyncReport{Issues: []core.SyncIssue{}}
	features, err := f.host.Features(ctx)
	if err != nil {
		return report, err
	}
	report.Way = features.Way
	s, err := f.CheckSync(ctx, req)
	if err != nil {
		return report, err
	}
	err = job.Persist(ctx, func() error { return f.syncOnce(ctx, req, s, job) })
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

// CheckSync refuses what cannot be done before anything is changed.
func (f *Files) CheckSync(ctx context.Context, req core.SyncRequest) (s *SyncTask, err error) {
	err = persist(ctx, never, func() error {
		s, err = f.checkSyncOnce(ctx, req)
		return err
	})
	return s, err
}

func (f *Files) checkSyncOnce(ctx context.Context, req core.SyncRequest) (*SyncTask, error) {
	rules, err := filter.Parse(req.Filters, req.Includes, req.Excludes)
	if err != nil {
		return nil, err
	}
	s := &SyncTask{Rules: rules}
	if s.Source, err = f.local.Resolve(ctx, req.Source); err != nil {
		return nil, fileerr.At(req.Source, err)
	}
	if s.Root, err = f.local.Stat(ctx, s.Source); err != nil {
		return nil, fileerr.At(req.Source, err)
	}
	switch s.Root.Type {
	case Folder:
		s.Destination, err = f.folderPlace(ctx, req, rules)
	case File:
		s.Destination, err = f.filePlace(ctx, req)
	default:
		err = core.Errorf(core.KindInvalidArgument, "%s is neither a file nor a folder", req.Source).With("path", req.Source)
	}
	if err != nil {
		return nil, err
	}
	return s, f.checkOverlap(ctx, s, req.Delete)
}

// folderPlace returns the folder that is to become like the source. Where something may be
// deleted there, it is without symlinks: what was checked is what is used.
func (f *Files) folderPlace(ctx context.Context, req core.SyncRequest, rules *filter.Rules) (string, error) {
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
	real, err := f.host.Resolve(ctx, place)
	if err != nil {
		return "", fileerr.At(place, err)
	}
	kept := func(at string) bool {
		inside, isInside := strings.CutPrefix(at, real+"/")
		return isInside && excludedWithParents(rules, inside)
	}
	return real, f.checkDeletion(ctx, req.Destination, real, req.Protection, kept)
}

func (f *Files) filePlace(ctx context.Context, req core.SyncRequest) (string, error) {
	place, err := protect.CleanPath(req.Destination)
	if err != nil {
		return "", err
	}
	there, err := f.host.Stat(ctx, place)
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
func (f *Files) checkOverlap(ctx context.Context, s *SyncTask, deletes bool) error {
	if f.host != f.local {
		return nil
	}
	destination, err := f.host.Resolve(ctx, s.Destination)
	if err != nil {
		return fileerr.At(s.Destination, err)
	}
	inside, isInside := strings.CutPrefix(destination, s.Source+"/")
	switch {
	case destination == s.Source:
		return protect.Refuse(s.Destination, "it is the source itself")
	case isInside && !excludedWithParents(s.Rules, inside):
		return protect.Refuse(s.Destination, "it is in the source, and no rule excludes it")
	case strings.HasPrefix(s.Source, strings.TrimSuffix(destination, "/")+"/") && deletes:
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

func (f *Files) syncOnce(ctx context.Context, req core.SyncRequest, s *SyncTask, job *Job) error {
	t := &transfer{
		Job: job, from: f.local, to: f.host, source: s.Source, destination: s.Destination, root: s.Root, rules: s.Rules,
		delete: req.Delete, hardLinks: req.HardLinks, linkSource: req.LinkSource, checksum: req.Checksum, alike: true,
	}
	if s.Root.Type == Folder {
		return t.run(ctx)
	}
	folder, name := path.Split(s.Destination)
	if err := f.host.MkdirAll(ctx, path.Clean(folder)); err != nil {
		return fileerr.At(folder, err)
	}
	e := s.Root
	e.Path, t.destination = name, folder
	return t.runFile(ctx, e, true)
}
