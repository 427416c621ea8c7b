//go:build !linux

package bridge

import "golang.org/x/sys/unix"

// waker makes a file descriptor readable: a pipe with one byte in it.
type waker struct{ r, w int }

func newWaker() (waker, error) {
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return waker{}, err
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return waker{}, err
		}
	}
	return waker{p[0], p[1]}, nil
}

func (w waker) readable() int { return w.r }
func (w waker) signal()       { _, _ = unix.Write(w.w, []byte{1}) }
func (w waker) clear()        { var b [8]byte; _, _ = unix.Read(w.r, b[:]) }
func (w waker) close()        { _ = unix.Close(w.r); _ = unix.Close(w.w) }
