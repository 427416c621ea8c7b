//go:build slow

package ssh

import (
	"os"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestHostFileOf5GB moves a large file by each way; memory stays flat.
func TestHostFileOf5GB(t *testing.T) {
	const size, most = 5 << 30, 100 << 20
	c := bedConnection(t)
	local, sftp := hostfiles.New(localfs.FS{}, localfs.FS{}), hostfiles.New(c.fileSystem(), localfs.FS{})
	for _, way := range []struct {
		name  string
		files core.HostFiles
		sync  bool
	}{{"local", local, false}, {"sftp", sftp, false}, {"rsync", c.HostFiles(), true}} {
		t.Run(way.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(dir+"/big", []byte("begins"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(dir+"/big", size); err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			var moved int64
			var err error
			peak := treetest.Memory(func() {
				if way.sync {
					var r core.SyncReport
					r, err = way.files.Sync(t.Context(), core.SyncRequest{Source: dir + "/big", Destination: dir + "/copy"}, nil)
					moved = r.BytesSent
				} else {
					var r core.HostCopyResult
					r, err = way.files.Upload(t.Context(), core.UploadRequest{Source: dir + "/big", Destination: dir + "/copy"}, nil)
					moved = r.Bytes
				}
			})
			t.Logf("%s, %d MB of memory", time.Since(started), peak>>20)
			if err != nil || moved != size || peak > most {
				t.Errorf("%d bytes, %v, %d MB were in use", moved, err, peak>>20)
			}
			if info, err := os.Stat(dir + "/copy"); err != nil || info.Size() != size {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}
