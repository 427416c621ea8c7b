package treetest

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/core"
)

// CheckMounts deletes at and above a mount point, which must be refused, unless a rule
// keeps what is mounted. Open comes after the mount: a host may not see later ones.
func CheckMounts(t *testing.T, open func() core.HostFiles) {
	t.Helper()
	dir := t.TempDir()
	source, there := filepath.Join(dir, "source"), filepath.Join(dir, "there")
	disk := filepath.Join(there, "sub", "disk")
	for path, text := range map[string]string{filepath.Join(source, "new"): "1", filepath.Join(there, "old"): "x", filepath.Join(disk, "under"): "x"} {
		plant(t, path, text)
	}
	if err := unix.Mount("mlng-test", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	precious := filepath.Join(disk, "precious")
	plant(t, precious, "x")
	files := open()
	for _, to := range []string{disk, filepath.Join(there, "sub"), there} {
		if _, err := files.Delete(t.Context(), core.HostDeleteRequest{Path: to}); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%s deleted: %v", to, err)
		}
		_, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: to, Delete: true}, nil)
		if core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%s synced: %v", to, err)
		}
	}
	req := core.SyncRequest{Source: source, Destination: there, Delete: true, Excludes: []string{"/sub/disk/"}}
	if r, err := files.Sync(t.Context(), req, nil); err != nil || r.Deleted != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if text, err := os.ReadFile(precious); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
	if gone, err := files.Delete(t.Context(), core.HostDeleteRequest{Path: precious}); err != nil || gone.Deleted != 1 {
		t.Errorf("%+v, %v", gone, err)
	}
}

func plant(t *testing.T, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
