//go:build slow

package localfs

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestMillionEntries syncs a folder of a million files, twice. What it may need is the
// list of both sides.
func TestMillionEntries(t *testing.T) {
	const count, most = 1_000_000, 700 << 20
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range count {
		fd, err := unix.Open(filepath.Join(source, strconv.Itoa(i)), unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(fd)
	}
	files := hostfiles.New(FS{}, FS{})
	for _, sent := range []int64{count, 0} {
		started := time.Now()
		peak := treetest.Memory(func() {
			r, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: filepath.Join(dir, "to"), Delete: true}, nil)
			if err != nil || r.FilesSent != sent || r.Unchanged != count-sent {
				t.Errorf("%+v, %v", r, err)
			}
		})
		t.Logf("%d sent in %s, %d MB", sent, time.Since(started), peak>>20)
		if peak > most {
			t.Errorf("%d MB were in use", peak>>20)
		}
	}
}
