package ssh

import (
	"os"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func bedConnection(t testing.TB) *Host {
	t.Helper()
	state := bed.Load(t)
	return connection(t, options(t, state.SSHD(t, "sshd"), "mlng", state.Engine(t, "engine-new").Socket))
}

// TestSameTreeAsRsync makes random trees alike by rsync and by this package.
func TestSameTreeAsRsync(t *testing.T) {
	t.Parallel()
	c := bedConnection(t)
	ways := map[string]core.HostFiles{
		"sftp":  hostfiles.New(c.fileSystem(), localfs.FS{}),
		"rsync": c.HostFiles(),
	}
	for way, files := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			opts := treetest.DescribeOptions{}
			if way == "sftp" {
				opts.WholeSeconds, opts.NoSymlinkTimes = true, true
			}
			for seed := range uint64(40) {
				checkCase(t, way, files, treetest.NewCase(t, seed), seed, opts)
			}
		})
		t.Run(way+" from the host", func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(40) {
				c := treetest.NewCase(t, seed)
				c.HardLinks = c.HardLinks && way != "sftp" // SFTP does not show them
				opts := treetest.DescribeOptions{WholeSeconds: way == "sftp"}
				checkCase(t, way, treetest.Mirrored{HostFiles: files}, c, seed, opts)
			}
		})
	}
}

func checkCase(t *testing.T, way string, files core.HostFiles, c *treetest.Case, seed uint64, opts treetest.DescribeOptions) {
	t.Helper()
	if !c.Rsync(t) {
		t.Fatalf("seed %d: take other seeds", seed)
	}
	req := core.SyncRequest{
		Source: c.Source, Destination: c.Ours, Delete: c.Delete, HardLinks: c.HardLinks, Checksum: c.Checksum,
		Filters: c.Filters, Includes: c.Includes, Excludes: c.Excludes,
	}
	report, err := files.Sync(t.Context(), req, nil)
	if report.Way != way {
		t.Fatalf("seed %d went by %s, not by %s: %v", seed, report.Way, way, err)
	}
	if diff := c.Compare(t, opts); diff != "" {
		t.Fatalf("seed %d: %+v\n%+v %v\n%s", seed, req, report, err, diff)
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		t.Fatal(err)
	}
}

// TestHostWithoutRsync goes by SFTP, and does not ask again.
func TestHostWithoutRsync(t *testing.T) {
	t.Parallel()
	c := connection(t, options(t, bed.Load(t).SSHD(t, "sshd-nodocker"), "mlng-nodocker", ""))
	files := newHostFiles(c)
	source, destination := t.TempDir(), t.TempDir()
	write(t, source+"/a", 10)
	for _, sent := range []int64{1, 0} {
		report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination + "/new"}, nil)
		if err != nil || report.Way != "sftp" || report.FilesSent != sent || !files.noRsync.Load() {
			t.Errorf("%+v, %v", report, err)
		}
	}
	files = newHostFiles(c)
	for _, sent := range []int64{1, 0} {
		report, err := files.SyncFrom(t.Context(), core.SyncRequest{Source: source, Destination: destination + "/back"}, nil)
		if err != nil || report.Way != "sftp" || report.FilesSent != sent || !files.noRsync.Load() {
			t.Errorf("from the host: %+v, %v", report, err)
		}
	}
}
