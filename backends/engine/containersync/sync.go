// Package containersync makes local folders equal to those of containers: of one that runs
// through its processes, of another by the engine's archives. It imports core, the host's
// files, the agent, the engine's session and the files of containers.
package containersync

import (
	"context"
	"errors"
	"path"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/containerfs"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/filter"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core"
)

// Syncs implements core.ContainerSync. Make it with New.
type Syncs struct {
	session *session.Session
	files   *containerfs.Files
	protect func(ctx context.Context, req *core.SyncRequest) error
}

var _ core.ContainerSync = (*Syncs)(nil)

// New makes the syncs of a client. protect adds to a request what its destination may
// not be.
func New(s *session.Session, files *containerfs.Files, protect func(ctx context.Context, req *core.SyncRequest) error) *Syncs {
	return &Syncs{session: s, files: files, protect: protect}
}

// SyncFromContainer implements core.ContainerSync. After a lost connection it does the rest.
func (s *Syncs) SyncFromContainer(ctx context.Context, req core.SyncFromContainerRequest, progress func(core.Progress)) (report core.SyncReport, err error) {
	report.Issues = []core.SyncIssue{}
	o := session.Operation{Container: &req.Container, Invalid: checkSyncFrom(&req.SyncRequest), Long: true, Repeat: true}
	again := false
	err = s.session.Perform(ctx, o, func(ctx context.Context) error {
		if err := s.protect(ctx, &req.SyncRequest); err != nil {
			return err
		}
		before := report
		report, err = s.sync(ctx, req, progress)
		if again {
			addBefore(&report, &before)
		}
		again = true
		return err
	})
	return report, err
}

// checkSyncFrom refuses what needs no container to be wrong.
func checkSyncFrom(req *core.SyncRequest) error {
	if err := containerfs.CheckAbsolute(req.Source); err != nil {
		return err
	}
	if _, err := protect.CleanPath(req.Destination); err != nil {
		return err
	}
	_, err := filter.Parse(req.Filters, req.Includes, req.Excludes)
	return err
}

// addBefore adds what an attempt did that lost its connection.
func addBefore(report, before *core.SyncReport) {
	report.FilesSent += before.FilesSent
	report.BytesSent += before.BytesSent
	report.Deleted += before.Deleted
	report.Seconds += before.Seconds
	report.Unchanged = max(0, report.Unchanged-before.FilesSent)
}

func (s *Syncs) sync(ctx context.Context, req core.SyncFromContainerRequest, progress func(core.Progress)) (report core.SyncReport, err error) {
	report.Issues = []core.SyncIssue{}
	info, err := s.session.API.ContainerInspect(ctx, req.Container)
	if err != nil {
		return report, err
	}
	req.Source = path.Clean(req.Source)
	sync := func(from hostfiles.FileSystem) error {
		report, err = hostfiles.New(from, localfs.FS{}).SyncFrom(ctx, req.SyncRequest, progress)
		return insideReason(req.Source, err)
	}
	if containerfs.Reachable(info) {
		return report, s.files.Inside(ctx, info, sync)
	}
	err = s.files.CheckShown(ctx, info, req.Source)
	if err == nil {
		err = sync(&archivedFS{api: s.session.API, files: s.files, id: info.ID})
	}
	return report, agent.Fault(ctx, err)
}

// insideReason says of a missing source where it is missing.
func insideReason(source string, err error) error {
	var known *core.Error
	if errors.As(err, &known) && known.Kind == core.KindPathNotFound && known.Details["path"] == source {
		return core.Errorf(core.KindPathNotFound, "there is no %s in the container", source).With("path", source)
	}
	return err
}
