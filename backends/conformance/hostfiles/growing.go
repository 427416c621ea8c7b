package hostfiles

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
var growingTests = []Test{
	{"growing files: sync", testGrowingSync},
	{"growing files: upload and download", testGrowingTransfer},
}

const (
	grownFrom = 12 << 20 // goes by every way's means for large files
	growth    = 4 << 20
)

// Growing is a file that grows with the first reports of progress, which come while most
// of it is not read yet.
type Growing struct {
	t     *testing.T
	path  string
	mu    sync.Mutex
	size  int64
	times int // that it still grows
}

// NewGrowing makes a file that has not grown yet.
func NewGrowing(t *testing.T, path string) *Growing {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	g := &Growing{t: t, path: path}
	for g.size < grownFrom {
		g.times = 1
		g.Grow(core.Progress{})
	}
	return g
}

// Begin returns the size before an operation.
func (g *Growing) Begin() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.times = 3
	return g.size
}

// Grow is for reports of progress.
func (g *Growing) Grow(core.Progress) {
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

// WantSize fails unless a copy has what the file had, which grew since.
func (g *Growing) WantSize(what, path string, want int64) {
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
	Tree(t, source, map[string]string{"empty/": ""})
	g := NewGrowing(t, filepath.Join(source, "log"))
	for _, checksum := range []bool{false, false, true} { // whole, what differs, and by content
		before := g.Begin()
		req := core.SyncRequest{Source: source, Destination: there, Checksum: checksum, Progress: true}
		r, err := f.Sync(t.Context(), req, g.Grow)
		if err != nil || r.FilesSent != 1 || r.BytesSent > before {
			t.Errorf("checksum %t: %+v, %v", checksum, r, err)
		}
		wantChanged(t, "sync", r.Issues)
		g.WantSize("sync", filepath.Join(there, "log"), before)
	}
}

func testGrowingTransfer(t *testing.T, f *fixture) {
	dir := t.TempDir()
	g := NewGrowing(t, filepath.Join(dir, "log"))
	for _, checksum := range []bool{false, true} {
		up, down := filepath.Join(dir, "up"+strconv.FormatBool(checksum)), filepath.Join(dir, "down"+strconv.FormatBool(checksum))
		before := g.Begin()
		r, err := f.Upload(t.Context(), core.UploadRequest{Source: g.path, Destination: up, Checksum: checksum, Progress: true}, g.Grow)
		if err != nil || r.Bytes != before {
			t.Errorf("upload, checksum %t: %+v, %v", checksum, r, err)
		}
		wantChanged(t, "upload", r.Issues)
		g.WantSize("upload", up, before)
		before = g.Begin()
		r, err = f.Download(t.Context(), core.DownloadRequest{Source: g.path, Destination: down, Checksum: checksum, Progress: true}, g.Grow)
		if err != nil || r.Bytes != before {
			t.Errorf("download, checksum %t: %+v, %v", checksum, r, err)
		}
		wantChanged(t, "download", r.Issues)
		g.WantSize("download", down, before)
	}
}

// Grown reports whether it has grown since it had so many bytes.
func (g *Growing) Grown(since int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.size > since
}
