package ssh

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestHostFilesAfterALostLine cuts the line while a file moves: everything goes on by
// itself, an upload and a download where they were.
func TestHostFilesAfterALostLine(t *testing.T) {
	const size = 48 << 20
	for _, way := range []string{"sync", "sftp sync", "upload", "download"} {
		t.Run(way, func(t *testing.T) {
			c, p := behindProxy(t, nil)
			files := core.HostFiles(c.HostFiles())
			if way == "sftp sync" {
				files = hostfiles.New(c.fileSystem(), localfs.FS{})
			}
			source, destination := t.TempDir(), t.TempDir()
			write(t, filepath.Join(source, "small"), 10)
			write(t, filepath.Join(source, "z big"), size)
			cuts := 0
			cut := sync.OnceFunc(func() {
				cuts++
				p.cut()
				p.mend()
			})
			progress := func(at core.Progress) {
				if at.Done > size/3 {
					cut()
				}
			}
			moved, err := move(t, way, files, source, destination, progress)
			if err != nil || cuts != 1 {
				t.Fatalf("%v, %d cuts", err, cuts)
			}
			if (way == "upload" || way == "download") && moved > size+size/4 {
				t.Errorf("%d bytes were moved for %d", moved, size)
			}
			if info, err := os.Stat(filepath.Join(destination, "z big")); err != nil || info.Size() != size {
				t.Errorf("%v, %v", info, err)
			}
			if way != "sync" {
				noDebris(t, destination) // rsync's is gone when its sshd has noticed
			}
		})
	}
}

func move(t *testing.T, way string, files core.HostFiles, source, destination string, progress func(core.Progress)) (int64, error) {
	t.Helper()
	switch way {
	case "upload":
		r, err := files.Upload(t.Context(), core.UploadRequest{Source: source + "/z big", Destination: destination, Progress: true, Checksum: true}, progress)
		return r.Bytes, err
	case "download":
		r, err := files.Download(t.Context(), core.DownloadRequest{Source: source + "/z big", Destination: destination, Progress: true, Checksum: true}, progress)
		return r.Bytes, err
	}
	r, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, Progress: true}, progress)
	return r.BytesSent, err
}
