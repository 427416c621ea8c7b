package hostfiles_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core"
)

// told is this machine with other users, engines and mounts.
type told struct {
	localfs.FS
	known *protect.Known
}

func (t told) Known(context.Context, string) (protect.Known, error) { return *t.known, nil }

// TestDeletionsOfWhatTheHostTells has homes and data in folders of the test's own.
func TestDeletionsOfWhatTheHostTells(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"nfs/people/alice/runs", "data/docker/volumes", "disk/x", "source", "free/x"} {
		if err := os.MkdirAll(filepath.Join(base, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"people": "nfs/people", "var-docker": "data/docker", "to-alice": "people/alice", "to-disk": "disk"} {
		if err := os.Symlink(target, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	known := &protect.Known{Homes: []string{base + "/people/alice", base + "/gone/bob"}, Mounts: []string{base + "/disk"}}
	files := hostfiles.New(told{known: known}, localfs.FS{})
	engine := core.Protection{DataRoots: []string{base + "/var-docker"}}
	for path, refused := range map[string]bool{
		"/people/alice": true, "/nfs/people/alice": true, "/nfs/people": true, "/nfs": true, "/to-alice": true,
		"/data/docker": true, "/data/docker/volumes": true, "/var-docker/volumes": true, "/data": true, "/disk": true, "/to-disk": true,
		"/nfs/people/alice/none": false, "/to-alice/none": false, "/free/none": false,
	} {
		for what, do := range map[string]func() error{
			"deleted": func() error {
				_, err := files.Delete(t.Context(), core.HostDeleteRequest{Path: base + path, Protection: engine})
				return err
			},
			"synced": func() error {
				req := core.SyncRequest{Source: base + "/source", Destination: base + path, Delete: true, Protection: engine}
				_, err := files.Sync(t.Context(), req, nil)
				return err
			},
		} {
			if what == "deleted" && (path == "/to-alice" || path == "/to-disk") {
				continue // a link may itself be deleted
			}
			if err := do(); (core.KindOf(err) == core.KindInvalidArgument) != refused || !refused && err != nil {
				t.Errorf("%s %s: %v", path, what, err)
			}
		}
	}
	if _, err := os.Stat(base + "/nfs/people/alice/runs"); err != nil {
		t.Error(err)
	}
}
