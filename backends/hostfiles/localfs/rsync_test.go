package localfs

import (
	"os"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestSameTreeAsRsync makes random trees alike by rsync and by this package.
func TestSameTreeAsRsync(t *testing.T) {
	files := hostfiles.New(FS{}, FS{})
	for seed := range uint64(cases) {
		c := treetest.NewCase(t, seed)
		c.Rsync(t)
		req := core.SyncRequest{
			Source: c.Source, Destination: c.Ours, Delete: c.Delete, HardLinks: c.HardLinks, Checksum: c.Checksum,
			Filters: c.Filters, Includes: c.Includes, Excludes: c.Excludes,
		}
		report, err := files.Sync(t.Context(), req, nil)
		if diff := c.Compare(t, treetest.DescribeOptions{}); diff != "" {
			t.Fatalf("seed %d: %+v\n%+v %v\n%s", seed, req, report, err, diff)
		}
		if err := os.RemoveAll(c.Dir); err != nil {
			t.Fatal(err)
		}
	}
}
