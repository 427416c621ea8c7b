package treetest

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
)

// Mirrored is a host whose Sync is SyncFrom: where the host is this machine, what a test
// expects of one direction holds for the other.
type Mirrored struct{ core.HostFiles }

// Sync implements core.HostFiles.
func (m Mirrored) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	return m.SyncFrom(ctx, req, progress)
}
