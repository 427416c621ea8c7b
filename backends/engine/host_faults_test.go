package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// tmpfs mounts a file system of a size at a new folder.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("mlng-test", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// names lists a folder's tree.
func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if path != dir {
			rest, _ := filepath.Rel(dir, path)
			found = append(found, rest)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
}

// someFile makes a file of a size with no holes.
func someFile(t *testing.T, dir, name string, size int) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789abcde\n", size/16+1)[:size]), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func reasonOf(err error) any {
	var known *core.Error
	if errors.As(err, &known) {
		return known.Details["reason"]
	}
	return nil
}

const (
	bulkSize  = 12 << 20 // goes by the archive endpoint
	pieceSize = 3 << 20  // goes through the agent
)

func TestHostDiskFull(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		for _, size := range []int{bulkSize, pieceSize} {
			full := tmpfs(t, "size=2m")
			err := upload(t, e, someFile(t, t.TempDir(), "f", size), full)
			if core.KindOf(err) != core.KindEngineError || reasonOf(err) != "disk_full" {
				t.Errorf("%d bytes: %v", size, err)
			}
			wantNames(t, full)
		}
		nothingStays(t, e)
	})
}

func upload(t *testing.T, e *Engine, source, destination string) error {
	t.Helper()
	_, err := e.Upload(t.Context(), core.UploadRequest{Source: source, Destination: destination}, nil)
	return err
}

func TestHostReadOnly(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		dir := tmpfs(t, "size=64m")
		someFile(t, dir, "there", 10)
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"small":  upload(t, e, someFile(t, t.TempDir(), "f", 10), dir),
			"large":  upload(t, e, someFile(t, t.TempDir(), "f", bulkSize), dir),
			"folder": e.Mkdir(t.Context(), core.HostMkdirRequest{Path: dir + "/a/b"}),
			"delete": func() error {
				_, err := e.Delete(t.Context(), core.HostDeleteRequest{Path: dir + "/there"})
				return err
			}(),
		} {
			if core.KindOf(err) != core.KindPermissionDenied {
				t.Errorf("%s: %v", what, err)
			}
		}
		wantNames(t, dir, "there")
	})
}

func TestHostWrongPlaces(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		source, base := t.TempDir(), t.TempDir()
		plant(t, source, "s/", "s/f=1")
		plant(t, base, "f=1", "d/", "d/f/", "link->d", "nowhere->nothing", "locked/ 0700")
		long := strings.Repeat("x", 256)
		sync := func(to string) error {
			_, err := e.Sync(t.Context(), core.SyncRequest{Source: source + "/s", Destination: to}, nil)
			return err
		}
		cases := []struct {
			what string
			err  error
			want core.Kind
		}{
			{"folder over a file", sync(base + "/f"), core.KindConflict},
			{"folder below a file", sync(base + "/f/x"), core.KindPathNotFound},
			{"file over a folder", upload(t, e, source+"/s/f", base+"/d/"), core.KindConflict},
			{"file below a file", upload(t, e, source+"/s/f", base+"/f/x"), core.KindPathNotFound},
			{"long name", upload(t, e, source+"/s/f", base+"/"+long), core.KindInvalidArgument},
			{"long folder", sync(base + "/" + long + "/x"), core.KindInvalidArgument},
			{"link to nothing", sync(base + "/nowhere"), core.KindConflict},
			{"relative", sync("base"), core.KindInvalidArgument},
			{"nothing there", download(t, e, base+"/none", t.TempDir()), core.KindPathNotFound},
			{"through a link", sync(base + "/link/new"), ""},
			{"into a link", upload(t, e, source+"/s/f", base+"/link/new"), ""},
		}
		for _, c := range cases {
			if core.KindOf(c.err) != c.want {
				t.Errorf("%s: %s %v, want %s", c.what, core.KindOf(c.err), c.err, c.want)
			}
		}
		wantNames(t, base, "d", "d/f", "d/new", "d/new/f", "f", "link", "locked", "nowhere")
		nothingStays(t, e)
	})
}

func download(t *testing.T, e *Engine, source, destination string) error {
	t.Helper()
	_, err := e.Download(t.Context(), core.DownloadRequest{Source: source, Destination: destination}, nil)
	return err
}

func TestHostDeleteIsRefused(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		base := t.TempDir()
		mounted := tmpfs(t, "size=1m")
		someFile(t, mounted, "precious", 1)
		plant(t, base, "root->/", "d/", "d/f=1", "out->d")
		way := t.TempDir() + "/way"
		if err := os.Symlink(filepath.Dir(mounted), way); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{mounted, way + "/" + filepath.Base(mounted), base + "/root/etc", base + "/root/usr", base + "/../../..", "/", "", "~", "relative", "/proc"} {
			if _, err := e.Delete(t.Context(), core.HostDeleteRequest{Path: path}); core.KindOf(err) != core.KindInvalidArgument {
				t.Errorf("%q: %v", path, err)
			}
		}
		wantNames(t, mounted, "precious")
		for _, c := range []struct {
			path string
			want int64
			left []string
		}{
			{"/out", 1, []string{"d", "d/f", "root"}}, {"/none/x", 0, []string{"d", "d/f", "root"}}, {"/d", 2, []string{"root"}},
		} {
			if deleted, err := e.Delete(t.Context(), core.HostDeleteRequest{Path: base + c.path}); err != nil || deleted.Deleted != c.want {
				t.Errorf("%q: %+v, %v", c.path, deleted, err)
			}
			wantNames(t, base, c.left...)
		}
	})
}

func TestHostCancel(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, e *Engine, _ bed.Engine) {
		for _, size := range []int{300 << 20, pieceSize * 2} {
			source, base := t.TempDir(), t.TempDir()
			if err := os.Truncate(someFile(t, source, "f", 10), int64(size)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), longest)
			moving := make(chan struct{}, 1)
			done := make(chan error, 1)
			guard.Go(func() {
				_, err := e.Sync(ctx, core.SyncRequest{Source: source, Destination: base + "/d", Progress: true}, func(core.Progress) {
					select {
					case moving <- struct{}{}:
					default: // however often it says so
					}
				})
				done <- err
			}, nil)
			select {
			case <-moving:
				cancel()
			case err := <-done: // it was faster
				done <- err
			}
			if err := <-done; err != nil && core.KindOf(err) != core.KindCancelled {
				t.Error(err)
			} else if err != nil {
				wantNames(t, base, "d")
			}
			cancel()
			nothingStays(t, e)
		}
	})
}
