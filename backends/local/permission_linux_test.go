package local

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestNoPermissionForTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	at, err := parseHost("unix://"+path, "test")
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDialer(at, 0)
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		// Root may do everything: this thread becomes nobody, and ends with the goroutine.
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			_, _, _ = syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), 65534, ^uintptr(0))
		}
		_, err := d.dial(t.Context())
		result <- err
	}()
	err = <-result
	if core.KindOf(err) != core.KindPermissionDenied || !strings.Contains(err.Error(), "docker") || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v: %v", core.KindOf(err), err)
	}
}
