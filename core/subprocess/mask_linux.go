package subprocess

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// unblocked calls start on a thread that blocks no signal meanwhile.
func unblocked(start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var none, before unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &none, &before); err != nil {
		return err
	}
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }()
	return start()
}
