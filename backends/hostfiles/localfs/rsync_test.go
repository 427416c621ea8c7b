package localfs

import (
	"os"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestSameTreeAsRsync makes random trees alike by rsync and by this package. Without root it
// would not compare owners, and set-id bits differ: this package sets them with their owner only.
func TestSameTreeAsRsync(t *testing.T) {
	bed.Root(t)
	sameTreeAsRsync(t, hostfiles.New(FS{}, FS{}), cases)
}

// TestSameTreeAsRsyncFromTheHost does so in the other direction.
func TestSameTreeAsRsyncFromTheHost(t *testing.T) {
	bed.Root(t)
	sameTreeAsRsync(t, treetest.Mirrored{HostFiles: hostfiles.New(FS{}, FS{})}, cases/10)
}

func sameTreeAsRsync(t *testing.T, files core.HostFiles, count int) {
	t.Helper()
	skipped := 0
	if testing.Short() {
		count /= 10
	}
	for seed := range uint64(count) {
		c := treetest.NewCase(t, seed)
		if c.Rsync(t) {
			checkCase(t, files, seed, c)
		} else {
			skipped++
		}
		if err := os.RemoveAll(c.Dir); err != nil {
			t.Fatal(err)
		}
	}
	if skipped > max(count/500, 1) {
		t.Errorf("rsync itself failed in %d of %d cases", skipped, count)
	}
}

func checkCase(t *testing.T, files core.HostFiles, seed uint64, c *treetest.Case) {
	t.Helper()
	req := core.SyncRequest{
		Source: c.Source, Destination: c.Ours, Delete: c.Delete, HardLinks: c.HardLinks, Checksum: c.Checksum,
		Filters: c.Filters, Includes: c.Includes, Excludes: c.Excludes,
	}
	report, err := files.Sync(t.Context(), req, nil)
	if diff := c.Compare(t, treetest.DescribeOptions{}); diff != "" {
		t.Errorf("seed %d: %+v\n%+v %v\n%s", seed, req, report, err, diff)
	}
}
