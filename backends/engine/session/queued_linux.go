package session

import "golang.org/x/sys/unix"

// queued asks what the peer of a TCP socket has not acknowledged, or what that of a Unix socket
// has not read.
func queued(fd int) (int, error) { return unix.IoctlGetInt(fd, unix.SIOCOUTQ) }
