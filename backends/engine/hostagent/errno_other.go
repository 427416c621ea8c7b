//go:build !linux

package hostagent

import (
	"fmt"
	"syscall"
)

// errno gives this system's error for a number of Linux, where the agent runs. The
// lower numbers are the same everywhere.
func errno(n int64) error {
	switch n {
	case 36:
		return syscall.ENAMETOOLONG
	case 39:
		return syscall.ENOTEMPTY
	case 40:
		return syscall.ELOOP
	case 122:
		return syscall.EDQUOT
	}
	if n < 35 {
		return syscall.Errno(n)
	}
	return fmt.Errorf("error %d of the host's system", n)
}
