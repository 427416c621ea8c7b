package bridge

import "golang.org/x/sys/unix"

// waker makes a file descriptor readable: an eventfd.
type waker struct{ fd int }

func newWaker() (waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return waker{fd}, err
}

var one = []byte{1, 0, 0, 0, 0, 0, 0, 0}

func (w waker) readable() int { return w.fd }
func (w waker) signal()       { _, _ = unix.Write(w.fd, one) }
func (w waker) clear()        { var b [8]byte; _, _ = unix.Read(w.fd, b[:]) }
func (w waker) close()        { _ = unix.Close(w.fd) }
