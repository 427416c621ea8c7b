//go:build !linux

package archive

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const capabilityXattr = "security.capability"

func deviceNumbers(stat *syscall.Stat_t) (major, minor int64) {
	return int64(unix.Major(uint64(stat.Rdev))), int64(unix.Minor(uint64(stat.Rdev)))
}

func capability(string) []byte { return nil }

func setCapability(*os.File, string) error { return nil }

func sparse(*syscall.Stat_t) bool { return false }

func nextData(*os.File, int64, int64) (start, end int64, ok bool) { return 0, 0, false }

func makeFIFO(*os.File, string) error { return syscall.ENOTSUP }
