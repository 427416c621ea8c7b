package hostfiles

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// The host of every engine is this machine: what holds for a sync to it holds for one from
// it, with source and destination the other way round.
var fromHostTests = []Test{
	{"from the host: sync makes alike, then finds nothing to do", mirrored(testSync)},
	{"from the host: sync keeps links, names and empty folders", mirrored(testSyncKinds)},
	{"from the host: sync deletes what the source lacks, less what rules exclude", mirrored(testSyncDelete)},
	{"from the host: sync of one file", mirrored(testSyncFile)},
	{"from the host: growing files", mirrored(testGrowingSync)},
	{"from the host: set-id bits stay with their owner", mirrored(testSyncSetID)},
	{"from the host: dangerous destinations are refused", testFromHostRefusals},
}

// fromHost is a client whose Sync is SyncFrom.
type fromHost struct{ core.DockerClient }

// Sync implements core.HostFiles.
func (f fromHost) Sync(ctx context.Context, req core.SyncRequest, progress func(core.Progress)) (core.SyncReport, error) {
	return f.SyncFrom(ctx, req, progress)
}

func mirrored(run func(t *testing.T, f *fixture)) func(t *testing.T, f *fixture) {
	return func(t *testing.T, f *fixture) {
		other := *f
		other.DockerClient = fromHost{f.DockerClient}
		run(t, &other)
	}
}

// testFromHostRefusals names nothing that a failed refusal would harm.
func testFromHostRefusals(t *testing.T, f *fixture) {
	dir, victim := t.TempDir(), filepath.Join(systemPlace(t), "victim")
	source, file := filepath.Join(dir, "source"), filepath.Join(dir, "file")
	Tree(t, source, map[string]string{"new": "1"})
	Tree(t, victim, map[string]string{"precious": "x"})
	Tree(t, dir, map[string]string{"file": "x", "link": "-> " + victim})
	for _, one := range []struct {
		source, destination string
		want                core.Kind
	}{
		{source, filepath.Join(dir, "link"), core.KindInvalidArgument},
		{source, "/home/mlng-none-at-all", core.KindInvalidArgument},
		{source, dir + "/../../../..", core.KindInvalidArgument},
		{"relative", filepath.Join(dir, "here"), core.KindInvalidArgument},
		{filepath.Join(dir, "none"), filepath.Join(dir, "here"), core.KindPathNotFound},
		{source, file, core.KindConflict},
	} {
		_, err := f.SyncFrom(t.Context(), core.SyncRequest{Source: one.source, Destination: one.destination, Delete: true}, nil)
		wantKind(t, err, one.want)
	}
	if left, err := os.ReadDir(victim); err != nil || len(left) != 1 {
		t.Errorf("%v, %v: something was made before the refusal", left, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "here")); err == nil {
		t.Error("something was made before the error")
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "x" {
		t.Errorf("the file in the way: %q, %v", text, err)
	}
}
