package session

import "golang.org/x/sys/unix"

// queued asks what a socket has not sent, or its peer has not acknowledged.
func queued(fd int) (int, error) { return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NWRITE) }
