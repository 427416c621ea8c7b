package bed

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// ListenInside listens in the network of a process, of a container's first one for example,
// until the end of the test.
func ListenInside(t testing.TB, pid int, network, address string) net.Listener {
	t.Helper()
	Root(t)
	type listening struct {
		net.Listener
		error
	}
	got := make(chan listening)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		namespace, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(namespace, unix.CLONE_NEWNET)
			_ = unix.Close(namespace)
		}
		var l net.Listener
		if err == nil {
			l, err = net.Listen(network, address)
		}
		got <- listening{l, err}
	}()
	inside := <-got
	if inside.error != nil {
		t.Fatal(inside.error)
	}
	t.Cleanup(func() { _ = inside.Close() })
	return inside.Listener
}
