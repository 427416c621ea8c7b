package ssh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestHostDiskFull(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
