package containerfs

import (
	"context"
	"path"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/archive"
	"github.com/proboscis/ml_nexus_go/core"
)

// copyProgress reports a copy's state, not too often. Only one goroutine at a time uses it.
type copyProgress struct {
	report func(core.Progress)
	total  int64 // bytes; -1 means unknown
	last   time.Time
}

// newCopyProgress returns nil if nobody listens.
func newCopyProgress(wanted bool, report func(core.Progress), total int64) *copyProgress {
	if !wanted || report == nil {
		return nil
	}
	return &copyProgress{report: report, total: total, last: time.Now()}
}

// copySize returns the bytes to copy if somebody wants to see the progress, or -1.
func copySize(ctx context.Context, src Source, wanted bool) int64 {
	if !wanted {
		return -1
	}
	size, err := archive.Size(ctx, path.Clean(src.path))
	if err != nil {
		return -1 // the copy itself reports the error
	}
	return size
}

// watch returns the function that gets an archive's state, or nil.
func (p *copyProgress) watch() func(archive.Totals) {
	if p == nil {
		return nil
	}
	return func(done archive.Totals) {
		if now := time.Now(); now.Sub(p.last) >= core.ProgressInterval {
			p.last = now
			p.send(done)
		}
	}
}

// end reports the final state.
func (p *copyProgress) end(done archive.Totals) {
	if p != nil {
		p.send(done)
	}
}

func (p *copyProgress) send(done archive.Totals) {
	p.report(core.Progress{Event: "progress", Done: done.Bytes, Total: p.total, Files: done.Files})
}
