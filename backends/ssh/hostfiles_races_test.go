package ssh

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestHostClockSkew: times far in the past and in the future are kept and compared.
func TestHostClockSkew(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
