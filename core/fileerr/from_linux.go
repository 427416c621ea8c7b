//go:build linux

package fileerr

import "syscall"

// FromLinux returns this system's error for a number of Linux, as the agent and rsync on a
// host report them.
func FromLinux(number int64) error { return syscall.Errno(number) }
