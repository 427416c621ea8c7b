package ssh

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// forEachWay runs a test by the local file system, SFTP alone and the host's rsync: the
// same is expected of each.
func forEachWay(t *testing.T, run func(t *testing.T, files core.HostFiles)) {
	t.Helper()
	c := bedConnection(t)
	for way, files := range map[string]core.HostFiles{
		"local": hostfiles.New(localfs.FS{}, localfs.FS{}),
		"sftp":  hostfiles.New(c.fileSystem(), localfs.FS{}),
		"rsync": c.HostFiles(),
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			run(t, files)
		})
	}
}

// forEachWayTo is forEachWay for a small file system of the test's own. The host is
// started when that is mounted: a host sees no mounts that come later.
func forEachWayTo(t *testing.T, size int, run func(t *testing.T, files core.HostFiles, dir string)) {
	t.Helper()
	for _, way := range []string{"local", "sftp", "rsync"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := tmpfs(t, size)
			server := newSSHD(t, bed.Load(t).SSHD(t, "sshd"))
			opts := options(t, server.part, "mlng", "")
			opts.SSH.ConfigFile = writeConfig(t, server.configured("mlng"))
			c := connection(t, opts)
			run(t, map[string]core.HostFiles{
				"local": hostfiles.New(localfs.FS{}, localfs.FS{}),
				"sftp":  hostfiles.New(c.fileSystem(), localfs.FS{}),
				"rsync": c.HostFiles(),
			}[way], dir)
		})
	}
}

// tmpfs mounts a small file system of its own.
func tmpfs(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatalf("the test needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func write(t testing.TB, path string, size int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o644); err != nil {
		t.Fatal(err)
	}
}

// noDebris fails where a temporary file of anybody is left.
func noDebris(t testing.TB, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left", path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestHostDiskFull(t *testing.T) {
	forEachWayTo(t, 1<<20, func(t *testing.T, files core.HostFiles, small string) {
		source := t.TempDir()
		write(t, filepath.Join(source, "big"), 3<<20)
		_, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: small + "/to"}, nil)
		checkDiskFull(t, err)
		_, err = files.Upload(t.Context(), core.UploadRequest{Source: source + "/big", Destination: small + "/up"}, nil)
		checkDiskFull(t, err)
		noDebris(t, small)
		for _, name := range []string{"to/big", "up"} {
			if _, err := os.Lstat(filepath.Join(small, name)); err == nil {
				t.Errorf("%s is there, half-written", name)
			}
		}
	})
}

func checkDiskFull(t *testing.T, err error) {
	t.Helper()
	var known *core.Error
	if core.KindOf(err) != core.KindEngineError {
		t.Errorf("got %v", err)
		return
	}
	known = err.(*core.Error)
	if known.Details["reason"] != "disk_full" {
		t.Errorf("got %v, %v", err, known.Details)
	}
}

func TestHostReadOnly(t *testing.T) {
	forEachWayTo(t, 1<<20, func(t *testing.T, files core.HostFiles, dir string) {
		source := t.TempDir()
		write(t, filepath.Join(source, "a"), 10)
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		for _, destination := range []string{dir, dir + "/new"} {
			_, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
			checkError(t, err, core.KindPermissionDenied, "read-only")
		}
		checkError(t, files.Mkdir(t.Context(), core.HostMkdirRequest{Path: dir + "/new"}), core.KindPermissionDenied)
	})
}

// TestHostSpecials also has loops of symlinks, which nothing follows.
func TestHostSpecials(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination := t.TempDir(), t.TempDir()
		write(t, filepath.Join(source, "a"), 10)
		for _, err := range []error{
			os.Symlink("loop", filepath.Join(source, "loop")),
			os.Symlink(".", filepath.Join(source, "self")),
			unix.Mkfifo(filepath.Join(source, "fifo"), 0o600),
			unix.Mknod(filepath.Join(source, "socket"), unix.S_IFSOCK|0o600, 0),
			unix.Mknod(filepath.Join(source, "null"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, Delete: true}, nil)
		if err != nil || len(report.Issues) != 3 || report.FilesSent != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		for _, issue := range report.Issues {
			if issue.Issue != core.IssueSpecial {
				t.Errorf("%+v", issue)
			}
		}
		if target, err := os.Readlink(filepath.Join(destination, "loop")); err != nil || target != "loop" {
			t.Errorf("%q, %v", target, err)
		}
	})
}

// TestHostSymlinksAreNotFollowed has links at the destination where the source has folders
// and files: what they lead to stays as it is.
func TestHostSymlinksAreNotFollowed(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination, outside := t.TempDir(), t.TempDir(), t.TempDir()
		write(t, filepath.Join(source, "folder", "a"), 10)
		write(t, filepath.Join(source, "file"), 10)
		write(t, filepath.Join(outside, "a"), 1)
		for name, target := range map[string]string{"folder": outside, "file": filepath.Join(outside, "a"), "old": outside} {
			if err := os.Symlink(target, filepath.Join(destination, name)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, Delete: true}, nil); err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
		if info, err := os.Stat(filepath.Join(outside, "a")); err != nil || info.Size() != 1 {
			t.Errorf("%v, %v", info, err)
		}
		if info, err := os.Lstat(filepath.Join(destination, "folder")); err != nil || !info.IsDir() {
			t.Errorf("%v, %v", info, err)
		}
	})
}

func TestHostNameTooLong(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		dir, source := t.TempDir(), t.TempDir()
		write(t, filepath.Join(source, "a"), 10)
		long := filepath.Join(dir, strings.Repeat("n", 256))
		_, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: long}, nil)
		checkError(t, err, core.KindInvalidArgument, "too long")
		_, err = files.Upload(t.Context(), core.UploadRequest{Source: source + "/a", Destination: long}, nil)
		checkError(t, err, core.KindInvalidArgument, "too long")
		checkError(t, files.Mkdir(t.Context(), core.HostMkdirRequest{Path: long}), core.KindInvalidArgument, "too long")
	})
}

// TestHostFolderInTheWay: without delete, what a folder holds stays; the rest is done.
func TestHostFolderInTheWay(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination := t.TempDir(), t.TempDir()
		write(t, filepath.Join(source, "a"), 10)
		write(t, filepath.Join(source, "b"), 10)
		write(t, filepath.Join(destination, "a", "stays"), 1)
		report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
		if err != nil || report.FilesSent != 1 || len(report.Issues) != 1 || report.Issues[0].Issue != core.IssueNotEmpty || report.Issues[0].Path != "a" {
			t.Errorf("%+v, %v", report, err)
		}
		if _, err := os.Stat(filepath.Join(destination, "a", "stays")); err != nil {
			t.Error(err)
		}
	})
}

// TestHostLinkWithAFolderInTheWay: the file gets its other name.
func TestHostLinkWithAFolderInTheWay(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination := t.TempDir(), t.TempDir()
		write(t, filepath.Join(source, "a"), 10)
		if err := os.Link(filepath.Join(source, "a"), filepath.Join(source, "b")); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(destination, "a", "stays"), 1)
		req := core.SyncRequest{Source: source, Destination: destination, HardLinks: true}
		report, err := files.Sync(timeout(t), req, nil)
		if err != nil || report.FilesSent != 1 || len(report.Issues) != 1 || report.Issues[0].Issue != core.IssueNotEmpty || report.Issues[0].Path != "a" {
			t.Errorf("%+v, %v", report, err)
		}
		if info, err := os.Stat(filepath.Join(destination, "b")); err != nil || info.Size() != 10 {
			t.Errorf("%v, %v", info, err)
		}
	})
}

// TestHostClockSkew: times far in the past and in the future are kept and compared.
func TestHostClockSkew(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination := t.TempDir(), t.TempDir()
		for i, year := range []int{1980, 2037, 2100} {
			path := filepath.Join(source, fmt.Sprint(i))
			write(t, path, 10)
			when := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
		}
		for _, sent := range []int64{3, 0} {
			report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
			if err != nil || report.FilesSent != sent || report.Unchanged != 3-sent {
				t.Errorf("%+v, %v", report, err)
			}
		}
	})
}

// TestHostTwoSyncsAtOnce ends with one of the two sources' files each, whole.
func TestHostTwoSyncsAtOnce(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		destination := t.TempDir()
		var wg sync.WaitGroup
		for n := range 2 {
			source := t.TempDir()
			for i := range 100 {
				write(t, filepath.Join(source, fmt.Sprintf("sub%d/f%d", i%7, i)), 20_000+n)
			}
			wg.Go(func() {
				if _, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, Delete: true}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		noDebris(t, destination)
		for i := range 100 {
			info, err := os.Stat(filepath.Join(destination, fmt.Sprintf("sub%d/f%d", i%7, i)))
			if err != nil || info.Size() != 20_000 && info.Size() != 20_001 {
				t.Errorf("f%d: %v, %v", i, info, err)
			}
		}
	})
}

// TestHostCancel cancels while the first bytes move.
func TestHostCancel(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination := t.TempDir(), t.TempDir()
		for i := range 8 {
			write(t, filepath.Join(source, fmt.Sprint("f", i)), 24<<20)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := files.Sync(ctx, core.SyncRequest{Source: source, Destination: destination, Progress: true}, func(core.Progress) { cancel() })
		checkError(t, err, core.KindCancelled)
		noDebris(t, destination)
		entries, err := os.ReadDir(destination)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Size() != 24<<20 {
				t.Errorf("%s is half-written: %v, %v", e.Name(), info, err)
			}
		}
	})
}

// TestHostSourceChanges removes and changes files after they were listed: the first
// progress comes when the first file has moved.
func TestHostSourceChanges(t *testing.T) {
	forEachWay(t, func(t *testing.T, files core.HostFiles) {
		source, destination := t.TempDir(), t.TempDir()
		write(t, filepath.Join(source, "a"), 64<<20)
		write(t, filepath.Join(source, "z"), 10)
		first := sync.OnceFunc(func() {
			if err := os.Truncate(filepath.Join(source, "a"), 64<<20+5); err != nil {
				t.Error(err)
			}
		})
		report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination, Progress: true}, func(core.Progress) { first() })
		if err != nil || len(report.Issues) != 1 || report.Issues[0].Issue != core.IssueChanged || report.Issues[0].Path != "a" {
			t.Errorf("%+v, %v", report, err)
		}
		report, err = files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: destination}, nil)
		if err != nil || report.FilesSent != 1 || len(report.Issues) != 0 {
			t.Errorf("again: %+v, %v", report, err)
		}
		if info, err := os.Stat(filepath.Join(destination, "a")); err != nil || info.Size() != 64<<20+5 {
			t.Errorf("%v, %v", info, err)
		}
	})
}

// TestHostPermission logs in as somebody who is not root.
func TestHostPermission(t *testing.T) {
	state := bed.Load(t)
	c := connection(t, options(t, state.SSHD(t, "sshd"), "mlng-noperm", ""))
	for way, files := range map[string]core.HostFiles{"sftp": hostfiles.New(c.fileSystem(), localfs.FS{}), "rsync": c.HostFiles()} {
		t.Run(way, func(t *testing.T) {
			dir, source := t.TempDir(), t.TempDir()
			write(t, filepath.Join(source, "a"), 10)
			write(t, filepath.Join(source, "sub", "b"), 10)
			_, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: dir + "/new"}, nil)
			checkError(t, err, core.KindPermissionDenied)
			// A part fails, the rest is done.
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			openUp(t, dir)
			_, err = files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: dir}, nil)
			checkError(t, err, core.KindPermissionDenied)
			if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Size() != 10 || info.Sys().(*syscall.Stat_t).Uid == 0 {
				t.Errorf("%v, %v", info, err)
			}
			noDebris(t, dir)
		})
	}
}

// TestHostSetIDWithoutOwner logs in as somebody who may not set owners.
func TestHostSetIDWithoutOwner(t *testing.T) {
	state := bed.Load(t)
	c := connection(t, options(t, state.SSHD(t, "sshd"), "mlng-noperm", ""))
	for way, files := range map[string]core.HostFiles{"sftp": hostfiles.New(c.fileSystem(), localfs.FS{}), "rsync": c.HostFiles()} {
		t.Run(way, func(t *testing.T) {
			dir, source := t.TempDir(), t.TempDir()
			openUp(t, dir)
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(source, "program"), 10)
			if err := syscall.Chmod(filepath.Join(source, "program"), 0o6755); err != nil {
				t.Fatal(err)
			}
			for _, sent := range []int64{1, 0} {
				report, err := files.Sync(t.Context(), core.SyncRequest{Source: source, Destination: dir + "/new"}, nil)
				if err != nil || report.FilesSent != sent || report.Way != way || len(report.Issues) > 0 {
					t.Errorf("%+v, %v", report, err)
				}
			}
			info, err := os.Stat(filepath.Join(dir, "new", "program"))
			if err != nil || info.Mode() != 0o755 || info.Sys().(*syscall.Stat_t).Uid == 0 {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}

// openUp lets everybody pass the folders above a test's own.
func openUp(t *testing.T, dir string) {
	t.Helper()
	for above := filepath.Dir(dir); above != os.TempDir() && above != "/"; above = filepath.Dir(above) {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
