package tunnel

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// pipeSize is what the kernel allows an unprivileged program. The default, 64 KiB, makes three
// programs take turns for each 64 KiB: on busy machines, ports are a quarter slower with it.
const pipeSize = 1 << 20

// widen lets more be under way in the pipes between the agent and the engine.
func widen(ends ...any) {
	for _, end := range ends {
		file, ok := end.(syscall.Conn)
		if !ok {
			continue
		}
		if raw, err := file.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize) })
		}
	}
}
