package hostfiles

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var setIDTests = []Test{{"host: set-id bits stay only with their owner", testHostSetID}}

// Somebody is who owns the files of these tests. The tests, and the users at the other
// end, are root.
const Somebody = 65534

// SetIDTree has programs that speak for their owner and group, and a folder that gives
// its group on.
func SetIDTree(t *testing.T, dir string) {
	t.Helper()
	Tree(t, dir, map[string]string{"user": "x", "group": "x", "folder/both": "x"})
	for name, mode := range map[string]uint32{"user": 0o4755, "group": 0o2755, "folder": 0o2755, "folder/both": 0o6711} {
		path := filepath.Join(dir, name)
		if err := os.Chown(path, Somebody, Somebody); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// WantOwnerAndMode fails unless a file has them.
func WantOwnerAndMode(t *testing.T, path string, uid, mode uint32) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil || st.Uid != uid || uint32(st.Mode)&0o7777 != mode {
		t.Errorf("%s belongs to %d with mode %o, %v; want %d, %o", path, st.Uid, st.Mode&0o7777, err, uid, mode)
	}
}

func testSyncSetID(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	SetIDTree(t, source)
	for _, sent := range []int64{3, 0} {
		if r := f.sync(t, core.SyncRequest{Source: source, Destination: dir + "/synced"}); r.FilesSent != sent {
			t.Errorf("%+v", r)
		}
		WantOwnerAndMode(t, dir+"/synced/user", Somebody, 0o4755)
		WantOwnerAndMode(t, dir+"/synced/folder/both", Somebody, 0o6711)
	}
}

func testHostSetID(t *testing.T, f *fixture) {
	testSyncSetID(t, f)
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	SetIDTree(t, source)
	for _, files := range []int64{3, 0} {
		if r, err := f.Upload(t.Context(), core.UploadRequest{Source: source, Destination: dir + "/up"}, nil); err != nil || r.Files != files {
			t.Errorf("%+v, %v", r, err)
		}
		if r, err := f.Download(t.Context(), core.DownloadRequest{Source: source, Destination: dir + "/down"}, nil); err != nil || r.Files != files {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if _, err := f.Download(t.Context(), core.DownloadRequest{Source: source + "/user", Destination: dir + "/down/one"}, nil); err != nil {
		t.Error(err)
	}
	WantOwnerAndMode(t, dir+"/down/one", 0, 0o755)
	for _, copied := range []string{dir + "/up", dir + "/down"} {
		WantOwnerAndMode(t, copied+"/user", 0, 0o755)
		WantOwnerAndMode(t, copied+"/group", 0, 0o755)
		WantOwnerAndMode(t, copied+"/folder/both", 0, 0o711)
		WantOwnerAndMode(t, copied+"/folder", 0, 0o2755)
	}
}
