package conformance

import (
	"syscall"
	"testing"
)

// mountTmpfs mounts an empty file system at a folder until the test's end.
func mountTmpfs(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("mlng-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}
