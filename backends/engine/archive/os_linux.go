package archive

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const capabilityXattr = "security.capability"

func deviceNumbers(stat *syscall.Stat_t) (major, minor int64) {
	return int64(unix.Major(stat.Rdev)), int64(unix.Minor(stat.Rdev))
}

// capability returns a file's capabilities as docker cp sends them, or nil. Those that are
// bound to a user namespace lose the binding: it means nothing elsewhere.
func capability(path string) []byte {
	const (
		versionOffset = 3
		revision2     = 2
		revision3     = 3
		revision2Size = 20
	)
	var value [64]byte
	n, err := unix.Lgetxattr(path, capabilityXattr, value[:])
	if err != nil || n <= versionOffset {
		return nil
	}
	if value[versionOffset] == revision3 && n > revision2Size {
		value[versionOffset], n = revision2, revision2Size
	}
	return value[:n]
}

func setCapability(f *os.File, value string) error {
	err := unix.Fsetxattr(int(f.Fd()), capabilityXattr, []byte(value), 0)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EPERM) {
		return nil
	}
	return err
}

// sparse reports whether a file takes less space than its size.
func sparse(stat *syscall.Stat_t) bool { return stat.Blocks*512 < stat.Size }

// nextData returns the bounds of the first data at or after offset; both are size when
// there is none. ok is false if the file system does not say.
func nextData(f *os.File, offset, size int64) (start, end int64, ok bool) {
	start, err := unix.Seek(int(f.Fd()), offset, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size, true
	}
	if err != nil {
		return 0, 0, false
	}
	end, err = unix.Seek(int(f.Fd()), start, unix.SEEK_HOLE)
	if err != nil {
		return 0, 0, false
	}
	return min(start, size), min(end, size), true
}

func makeFIFO(dir *os.File, name string) error { return unix.Mkfifoat(int(dir.Fd()), name, 0o600) }
