package hostfiles

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// fromContainer is a client whose Sync is SyncFromContainer.
type fromContainer struct {
	core.DockerClient
	name string
}

// Sync implements core.HostFiles.
func (c fromContainer) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	return c.SyncFromContainer(ctx, core.SyncFromContainerRequest{Container: c.name, SyncRequest: req}, progress)
}

// RunFromContainer runs the tests of syncs from a container, which start makes. It has the
// tests' folders at their own places, so that what holds for a sync to the host holds for
// one from it.
func RunFromContainer(t *testing.T, client core.DockerClient, start func(options ...string) (name string), runs bool) {
	t.Helper()
	all := filepath.Dir(t.TempDir()) // of this test: others mount and unmount in theirs
	f := &fixture{fromContainer{client, start("-v", all+":"+all)}}
	tests := []func(t *testing.T, f *fixture){testSync, testSyncKinds, testSyncDelete, testSyncFile, testSyncSetID}
	if runs { // else the engine makes an archive of what grows
		tests = append(tests, testGrowingSync)
	}
	for _, one := range tests {
		one(t, f)
	}
}
