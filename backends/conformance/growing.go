package conformance

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// Of a file that grows meanwhile, everything that sends files sends what there was when
// it was opened: a log may grow endlessly.
var growingTests = []test{
	{"growing files: sync", testGrowingSync},
	{"growing files: upload and download", testGrowingTransfer},
}

var growingCopyTests = []test{{"growing files: copy to a container", testGrowingCopy}}

const (
	grownFrom = 12 << 20 // goes by every way's means for large files
	growth    = 4 << 20
)

// growing is a file that grows with the first reports of progress, which come while most
// of it is not read yet.
type growing struct {
	t     *testing.T
	path  string
	mu    sync.Mutex
	size  int64
	times int // that it still grows
}

func newGrowing(t *testing.T, path string) *growing {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	g := &growing{t: t, path: path}
	for g.size < grownFrom {
		g.times = 1
		g.grow(core.Progress{})
	}
	return g
}

// begin returns the size before an operation.
func (g *growing) begin() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.times = 3
	return g.size
}

func (g *growing) grow(core.Progress) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.times--; g.times < 0 {
		return
	}
	file, err := os.OpenFile(g.path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = file.Write(make([]byte, growth))
		_ = file.Close()
	}
	if err != nil {
		g.t.Error(err)
	}
	g.size += growth
}

// wantSize fails unless a copy has what the file had, which grew since.
func (g *growing) wantSize(what, path string, want int64) {
	g.t.Helper()
	if info, err := os.Stat(path); err != nil || info.Size() != want || g.size <= want {
		g.t.Errorf("%s: %v, %v; want %d bytes of the %d that there are now", what, info, err, want, g.size)
	}
}

func wantChanged(t *testing.T, what string, issues []core.SyncIssue) {
	t.Helper()
	if len(issues) != 1 || issues[0].Issue != core.IssueChanged {
		t.Errorf("%s: the issues are %+v; want one that says changed", what, issues)
	}
}

func testGrowingSync(t *testing.T, f *fixture) {
	dir := t.TempDir()
	source, there := filepath.Join(dir, "source"), filepath.Join(dir, "there")
	tree(t, source, map[string]string{"empty/": ""})
	g := newGrowing(t, filepath.Join(source, "log"))
	for _, checksum := range []bool{false, false, true} { // whole, what differs, and by content
		before := g.begin()
		req := core.SyncRequest{Source: source, Destination: there, Checksum: checksum, Progress: true}
		r, err := f.Sync(t.Context(), req, g.grow)
		if err != nil || r.FilesSent != 1 || r.BytesSent > before {
			t.Errorf("checksum %t: %+v, %v", checksum, r, err)
		}
		wantChanged(t, "sync", r.Issues)
		g.wantSize("sync", filepath.Join(there, "log"), before)
	}
}

func testGrowingTransfer(t *testing.T, f *fixture) {
	dir := t.TempDir()
	g := newGrowing(t, filepath.Join(dir, "log"))
	for _, checksum := range []bool{false, true} {
		up, down := filepath.Join(dir, "up"+strconv.FormatBool(checksum)), filepath.Join(dir, "down"+strconv.FormatBool(checksum))
		before := g.begin()
		r, err := f.Upload(t.Context(), core.UploadRequest{Source: g.path, Destination: up, Checksum: checksum, Progress: true}, g.grow)
		if err != nil || r.Bytes != before {
			t.Errorf("upload, checksum %t: %+v, %v", checksum, r, err)
		}
		wantChanged(t, "upload", r.Issues)
		g.wantSize("upload", up, before)
		before = g.begin()
		r, err = f.Download(t.Context(), core.DownloadRequest{Source: g.path, Destination: down, Checksum: checksum, Progress: true}, g.grow)
		if err != nil || r.Bytes != before {
			t.Errorf("download, checksum %t: %+v, %v", checksum, r, err)
		}
		wantChanged(t, "download", r.Issues)
		g.wantSize("download", down, before)
	}
}

func testGrowingCopy(t *testing.T, f *fixture) {
	g := newGrowing(t, filepath.Join(t.TempDir(), "log"))
	name, before := f.sleeper(t), g.begin()
	req := core.CopyToRequest{Source: g.path, Container: name, Destination: "/log", Progress: true}
	if sent, err := f.CopyTo(t.Context(), req, g.grow); err != nil || sent.Bytes != before || g.size == before {
		t.Errorf("%+v, %v", sent, err)
	}
	f.exec(t, name, "stat", "-c", "%s", "/log").want(t, 0, strconv.FormatInt(before, 10)+"\n", "")
}
