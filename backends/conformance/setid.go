package conformance

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var setIDTests = []test{{"host: set-id bits stay only with their owner", testHostSetID}}

var setIDCopyTests = []test{{"copies out of a container have no set-id bits", testCopySetID}}

// somebody is who owns the files of these tests. The tests, and the users at the other
// end, are root.
const somebody = 65534

// setIDTree has programs that speak for their owner and group, and a folder that gives
// its group on.
func setIDTree(t *testing.T, dir string) {
	t.Helper()
	tree(t, dir, map[string]string{"user": "x", "group": "x", "folder/both": "x"})
	for name, mode := range map[string]uint32{"user": 0o4755, "group": 0o2755, "folder": 0o2755, "folder/both": 0o6711} {
		path := filepath.Join(dir, name)
		if err := os.Chown(path, somebody, somebody); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func wantOwnerAndMode(t *testing.T, path string, uid, mode uint32) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil || st.Uid != uid || uint32(st.Mode)&0o7777 != mode {
		t.Errorf("%s belongs to %d with mode %o, %v; want %d, %o", path, st.Uid, st.Mode&0o7777, err, uid, mode)
	}
}

func testSyncSetID(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	setIDTree(t, source)
	for _, sent := range []int64{3, 0} {
		if r := f.sync(t, core.SyncRequest{Source: source, Destination: dir + "/synced"}); r.FilesSent != sent {
			t.Errorf("%+v", r)
		}
		wantOwnerAndMode(t, dir+"/synced/user", somebody, 0o4755)
		wantOwnerAndMode(t, dir+"/synced/folder/both", somebody, 0o6711)
	}
}

func testHostSetID(t *testing.T, f *fixture) {
	testSyncSetID(t, f)
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	setIDTree(t, source)
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
	wantOwnerAndMode(t, dir+"/down/one", 0, 0o755)
	for _, copied := range []string{dir + "/up", dir + "/down"} {
		wantOwnerAndMode(t, copied+"/user", 0, 0o755)
		wantOwnerAndMode(t, copied+"/group", 0, 0o755)
		wantOwnerAndMode(t, copied+"/folder/both", 0, 0o711)
		wantOwnerAndMode(t, copied+"/folder", 0, 0o2755)
	}
}

func testCopySetID(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	setIDTree(t, source)
	name := f.sleeper(t)
	if _, err := f.CopyTo(t.Context(), core.CopyToRequest{Source: source, Container: name, Destination: "/there"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/there", Destination: dir + "/back"}, nil); err != nil {
		t.Fatal(err)
	}
	wantOwnerAndMode(t, dir+"/back/user", 0, 0o755)
	wantOwnerAndMode(t, dir+"/back/folder/both", 0, 0o711)
	if _, err := f.CopyFrom(t.Context(), core.CopyFromRequest{Container: name, Source: "/there", Destination: dir + "/owned", Archive: true}, nil); err != nil {
		t.Fatal(err)
	}
	wantOwnerAndMode(t, dir+"/owned/user", somebody, 0o4755)
}
