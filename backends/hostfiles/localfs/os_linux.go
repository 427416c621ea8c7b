package localfs

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// folderFlags open a folder to reach what is in it, which needs no permission to read it.
const folderFlags = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW

// omitTime leaves a time unchanged.
const omitTime = unix.UTIME_OMIT

// chmodAt changes a mode without following a symlink: older kernels have no call for it.
func chmodAt(fd int, name string, mode uint32) error {
	file, err := open(fd, name, unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	return unix.Fchmodat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(file), mode, 0)
}
