package ssh

import (
	"context"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/ssh/rsync"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// scanConcurrency is how many local folders are read at once.
const scanConcurrency = 4

// scan lists the source in the background.
type scan struct {
	cancel context.CancelFunc
	done   chan struct{}
	listed rsync.Listed
	files  int64
	err    error
	sync   *remoteSync
}

// beginScan starts a scan, which uses the tree until stop is called.
func beginScan(ctx context.Context, r *remoteSync, tree hostfiles.Tree) *scan {
	ctx, cancel := context.WithCancel(ctx)
	s := &scan{cancel: cancel, done: make(chan struct{}), sync: r}
	guard.Go(func() {
		defer close(s.done)
		if p := guard.Call(func() { s.run(ctx, tree) }); p != nil {
			s.err = p
		}
	}, nil)
	return s
}

func (s *scan) run(ctx context.Context, tree hostfiles.Tree) {
	task := s.sync.task
	entries, complete, err := hostfiles.ScanSource(ctx, tree, task.Rules, scanConcurrency, s.sync.job.Issues)
	if err != nil {
		s.err = fileerr.At(task.Source, err)
		return
	}
	for i := range entries {
		if entries[i].Type == hostfiles.File {
			s.files++
		}
	}
	s.listed = rsync.Listed{Entries: append(entries, task.Root), Incomplete: !complete}
}

// list waits for the scan's end; it is rsync.Options.List.
func (s *scan) list(context.Context) (rsync.Listed, error) {
	<-s.done // the scan ends with the operation's context
	if s.err == nil {
		s.sync.count(s.files)
	}
	return s.listed, s.err
}

func (s *scan) stop() {
	s.cancel()
	<-s.done
}
