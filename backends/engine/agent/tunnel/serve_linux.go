package tunnel

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// dialTime bounds the wait for a program that listens and does not accept.
const dialTime = 10 * time.Second

// Serve is the agent: it serves a client until the stream, or ctx, ends.
func Serve(ctx context.Context, in io.Reader, out io.WriteCloser) {
	widen(in, out)
	s := New(duplex{in, out}, false, take)
	select {
	case <-s.Done():
	case <-ctx.Done():
	}
	s.Close()
}

// take serves a request of the client.
func take(a *Arrival) {
	switch a.what {
	case askDial:
		_ = a.Connect(func() (net.Conn, error) { return dial(a.Address) })
	case askListen:
		a.listen()
	case askDirect:
		a.direct()
	}
}

type duplex struct {
	io.Reader
	io.WriteCloser
}

// network: an abstract Unix socket begins with "@", as in /proc/net/unix.
func network(address string) string {
	if strings.HasPrefix(address, "@") {
		return "unix"
	}
	return "tcp4"
}

// dial connects to a port of the loopback. A server that listens at "localhost" may do so
// at its IPv6 address only.
func dial(address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.Dial(network(address), address)
	_, port, split := net.SplitHostPort(address)
	if errors.Is(err, syscall.ECONNREFUSED) && split == nil {
		if conn, err6 := dialer.Dial("tcp6", net.JoinHostPort("::1", port)); err6 == nil {
			return conn, nil
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = syscall.ETIMEDOUT
	}
	return conn, err
}
