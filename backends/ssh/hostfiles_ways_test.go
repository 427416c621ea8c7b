package ssh

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/treetest"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// forEachWay runs a test by the local file system, SFTP alone and the host's rsync, of
// which a sync goes to the host and from it: the same is expected of each.
func forEachWay(t *testing.T, run func(t *testing.T, files core.HostFiles)) {
	t.Helper()
	c := bedConnection(t)
	for way, files := range ways(c) {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			run(t, files)
		})
	}
}

func ways(c *Host) map[string]core.HostFiles {
	sftp := hostfiles.New(c.fileSystem(), localfs.FS{})
	return map[string]core.HostFiles{
		"local": hostfiles.New(localfs.FS{}, localfs.FS{}), "sftp": sftp, "rsync": c.HostFiles(),
		"sftp from": treetest.Mirrored{HostFiles: sftp}, "rsync from": treetest.Mirrored{HostFiles: c.HostFiles()},
	}
}

// forEachWayTo is forEachWay for a small file system of the test's own. The host is
// started when that is mounted: a host sees no mounts that come later.
func forEachWayTo(t *testing.T, size int, run func(t *testing.T, files core.HostFiles, dir string)) {
	t.Helper()
	state := bed.Load(t)
	for _, way := range []string{"local", "sftp", "rsync", "sftp from", "rsync from"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := tmpfs(t, size)
			server := newSSHD(t, state.SSHD(t, "sshd"))
			opts := options(t, server.part, "mlng", "")
			opts.SSH.ConfigFile = writeConfig(t, server.configured("mlng"))
			c := connection(t, opts)
			run(t, ways(c)[way], dir)
		})
	}
}

// tmpfs mounts a small file system of its own.
func tmpfs(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatal(err)
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
