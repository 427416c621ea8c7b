package hostagent

import "syscall"

func errno(n int64) error { return syscall.Errno(n) }
