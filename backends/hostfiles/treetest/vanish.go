package treetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// Gone is the file that vanishes from a source after it was listed.
const Gone = "m gone"

// Vanishing is a file system from which Gone vanishes when it is to be read.
type Vanishing struct{ hostfiles.FileSystem }

// Tree implements hostfiles.FileSystem.
func (v Vanishing) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	tree, err := v.FileSystem.Tree(ctx, root)
	return vanishing{tree}, err
}

type vanishing struct{ hostfiles.Tree }

func (v vanishing) Open(ctx context.Context, path string) (hostfiles.Reader, error) {
	if path == Gone {
		if err := v.Remove(ctx, path, false); err != nil {
			return nil, err
		}
	}
	return v.Tree.Open(ctx, path)
}

// CheckVanished syncs a source from which Gone vanishes on the way, or with the first
// progress. It must be reported, all else be done, and the destination's older file of
// that name stay whole; the next sync removes that. The source is read up to ahead bytes
// before progress tells.
func CheckVanished(t *testing.T, files core.HostFiles, ahead int) {
	t.Helper()
	source, destination := t.TempDir(), t.TempDir()
	const older = "it was there before"
	for path, size := range map[string]int{filepath.Join(source, "a"): 1<<20 + ahead, filepath.Join(source, Gone): 1 << 20, filepath.Join(source, "z"): 10} {
		if err := os.WriteFile(path, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(destination, Gone), []byte(older), 0o644); err != nil {
		t.Fatal(err)
	}
	remove := func(core.Progress) { _ = os.Remove(filepath.Join(source, Gone)) }
	req := core.SyncRequest{Source: source, Destination: destination, Delete: true, Progress: true}
	report, err := files.Sync(t.Context(), req, remove)
	if err != nil || report.FilesSent != 2 || len(report.Issues) != 1 || report.Issues[0].Path != Gone || report.Issues[0].Issue != core.IssueVanished {
		t.Errorf("%+v, %v", report, err)
	}
	if text, err := os.ReadFile(filepath.Join(destination, Gone)); err != nil || string(text) != older {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	wantNames(t, destination, 3)
	report, err = files.Sync(t.Context(), req, nil)
	if err != nil || report.FilesSent != 0 || report.Deleted != 1 || len(report.Issues) != 0 {
		t.Errorf("again: %+v, %v", report, err)
	}
	wantNames(t, destination, 2)
}

func wantNames(t *testing.T, dir string, n int) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != n {
		t.Errorf("%v, %v: want %d names", entries, err, n)
	}
}
