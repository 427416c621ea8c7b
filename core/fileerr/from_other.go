//go:build !linux

package fileerr

import (
	"fmt"
	"syscall"
)

// FromLinux returns this system's error for a number of Linux, as the agent and rsync on a
// host report them. The lower numbers are the same everywhere.
func FromLinux(number int64) error {
	switch number {
	case 36:
		return syscall.ENAMETOOLONG
	case 39:
		return syscall.ENOTEMPTY
	case 40:
		return syscall.ELOOP
	case 122:
		return syscall.EDQUOT
	}
	if number < 35 {
		return syscall.Errno(number)
	}
	return fmt.Errorf("error %d of the host's system", number)
}
