package subprocess

import (
	"regexp"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAProcessStartsWithNoSignalBlocked(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	all, before, after := unix.Sigset_t{}, unix.Sigset_t{}, unix.Sigset_t{}
	all.Val[0] = 1<<(unix.SIGINT-1) | 1<<(unix.SIGTERM-1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &all, &before); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }()
	out, err := Command(t.Context(), "cat", "/proc/self/status").Output()
	if err != nil {
		t.Fatal(err)
	}
	if blocked := regexp.MustCompile(`SigBlk:\s*(\S+)`).FindSubmatch(out); string(blocked[1]) != "0000000000000000" {
		t.Errorf("the process blocks %s", blocked[1])
	}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &after); err != nil || after.Val[0]&all.Val[0] != all.Val[0] {
		t.Errorf("the thread blocks %x afterwards (%v)", after.Val[0], err)
	}
}
