package hostfiles

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

// Nothing here would do harm if a refusal failed: the paths are the test's own, or there
// is nothing at them.
var protectionTests = []Test{
	{"host: deletions go by where symlinks lead", testDeletionThroughLinks},
	{"host: system paths, the engine's data and home folders are not deleted", testProtectedPlaces},
}

// systemPlace is a folder of the test's own where everything belongs to the system, and
// which every host of the testbed sees.
func systemPlace(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/usr/lib", "mlng-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func testDeletionThroughLinks(t *testing.T, f *fixture) {
	dir, system := t.TempDir(), systemPlace(t)
	source, victim := filepath.Join(dir, "source"), filepath.Join(system, "victim")
	Tree(t, source, map[string]string{"new": "1"})
	Tree(t, victim, map[string]string{"precious": "x"})
	Tree(t, dir, map[string]string{"link": "-> " + victim, "above": "-> " + system, "far": "-> link"})
	for _, to := range []string{"link", "far", "above/victim", "above/victim/deeper/and/deeper"} {
		req := core.SyncRequest{Source: source, Destination: filepath.Join(dir, to), Delete: true}
		_, err := f.Sync(t.Context(), req, nil)
		wantKind(t, err, core.KindInvalidArgument)
	}
	for _, path := range []string{"above/victim", "above/victim/precious", "above/none"} {
		_, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: filepath.Join(dir, path)})
		wantKind(t, err, core.KindInvalidArgument)
	}
	if text, err := os.ReadFile(filepath.Join(victim, "precious")); err != nil || string(text) != "x" {
		t.Fatalf("%q, %v", text, err)
	}
	if left, err := os.ReadDir(victim); err != nil || len(left) != 1 {
		t.Errorf("%v, %v: something was made before the refusal", left, err)
	}
	insist := core.Protection{AllowSystemPaths: true}
	r, err := f.Sync(t.Context(), core.SyncRequest{Source: source, Destination: filepath.Join(dir, "link"), Delete: true, Protection: insist}, nil)
	if err != nil || r.Deleted != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	gone, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: filepath.Join(dir, "above", "victim"), Protection: insist})
	if err != nil || gone.Deleted != 2 {
		t.Errorf("%+v, %v", gone, err)
	}
	// The link itself is the test's.
	gone, err = f.Delete(t.Context(), core.HostDeleteRequest{Path: filepath.Join(dir, "above")})
	if err != nil || gone.Deleted != 1 {
		t.Errorf("%+v, %v", gone, err)
	}
	_, err = f.Delete(t.Context(), core.HostDeleteRequest{Path: "/", Protection: insist})
	wantKind(t, err, core.KindInvalidArgument)
}

func testProtectedPlaces(t *testing.T, f *fixture) {
	raw, err := f.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var info struct{ DockerRootDir string }
	if err := json.Unmarshal(raw, &info); err != nil || info.DockerRootDir == "" {
		t.Fatalf("%q, %v", info.DockerRootDir, err)
	}
	none := "mlng-none-" + uuid.NewString()
	dir := t.TempDir()
	Tree(t, dir, map[string]string{"data": "-> " + info.DockerRootDir})
	for _, path := range []string{
		"/" + none, "/usr/bin/" + none, "/usr/lib/x86_64-linux-gnu/" + none, "/lib/modules/" + none, "/etc/" + none, "/dev/shm/" + none,
		"/usr/local/" + none, "/home/" + none, "/nfs/home/" + none, "/var/home/" + none, "/var/lib/docker/" + none, "/var/lib/containerd/" + none,
		info.DockerRootDir + "/" + none, dir + "/data/" + none,
	} {
		_, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: path})
		wantKind(t, err, core.KindInvalidArgument)
	}
	for _, path := range []string{"/usr/local/" + none + "/x", "/root/" + none, dir + "/" + none} {
		if gone, err := f.Delete(t.Context(), core.HostDeleteRequest{Path: path}); err != nil || gone.Deleted != 0 {
			t.Errorf("%s: %+v, %v", path, gone, err)
		}
	}
}
