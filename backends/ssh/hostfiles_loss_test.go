package ssh

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestHostFilesAfterALostConnection cuts the connection while a file moves: everything goes on by
// itself, an upload and a download where they were.
func TestHostFilesAfterALostConnection(t *testing.T) {
	t.Parallel()
	const size = 48 << 20
	for _, way := range []string{"sync", "sftp sync", "sync from", "upload", "download"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			c, p := behindProxy(t, nil)
			files := core.HostFiles(c.HostFiles())
			switch way {
			case "sftp sync":
				files = hostfiles.New(c.fileSystem(), localfs.FS{})
			case "sync from":
				files = treetest.Mirrored{HostFiles: files}
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

// cuttingFS loses the connection in the middle of resolving and removing.
type cuttingFS struct {
	hostfiles.FileSystem
	after *atomic.Int64 // so many of both
	cut   func()
}

type cuttingTree struct {
	hostfiles.Tree
	fs *cuttingFS
}

func (f *cuttingFS) Tree(ctx context.Context, folder string) (hostfiles.Tree, error) {
	tree, err := f.FileSystem.Tree(ctx, folder)
	return &cuttingTree{tree, f}, err
}

func (f *cuttingFS) Resolve(ctx context.Context, path string) (string, error) {
	if f.after.Add(-1) == 0 {
		f.cut()
	}
	return f.FileSystem.Resolve(ctx, path)
}

func (t *cuttingTree) Remove(ctx context.Context, path string, folder bool) error {
	if t.fs.after.Add(-1) == 0 {
		t.fs.cut()
	}
	return t.Tree.Remove(ctx, path, folder)
}

func TestDeletionGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, nil)
	folder := filepath.Join(t.TempDir(), "many")
	for i := range 200 {
		write(t, filepath.Join(folder, strconv.Itoa(i)), 1)
	}
	fs := &cuttingFS{FileSystem: c.fileSystem(), after: &atomic.Int64{}, cut: func() { p.cut(); p.mend() }}
	fs.after.Store(100)
	result, err := hostfiles.New(fs, localfs.FS{}).Delete(t.Context(), core.HostDeleteRequest{Path: folder})
	if _, missing := os.Stat(folder); err != nil || !os.IsNotExist(missing) || fs.after.Load() > 0 {
		t.Errorf("%v, %v, %d removals before the cut", err, missing, fs.after.Load())
	}
	if result.Deleted < 100 || result.Deleted > 201 {
		t.Errorf("%d were removed", result.Deleted)
	}
}

// TestCheckOfASyncGoesOnAfterALostConnection cuts before the host is asked where the
// destination's symlinks lead.
func TestCheckOfASyncGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, nil)
	source, destination := t.TempDir(), t.TempDir()
	write(t, filepath.Join(source, "new"), 1)
	write(t, filepath.Join(destination, "old"), 1)
	fs := &cuttingFS{FileSystem: c.fileSystem(), after: &atomic.Int64{}, cut: func() { p.cut(); p.mend() }}
	fs.after.Store(1)
	report, err := hostfiles.New(fs, localfs.FS{}).Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, Delete: true}, nil)
	if err != nil || report.FilesSent != 1 || report.Deleted != 1 || fs.after.Load() > 0 {
		t.Errorf("%+v, %v, %d left", report, err, fs.after.Load())
	}
}
