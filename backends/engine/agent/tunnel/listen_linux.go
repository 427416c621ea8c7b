package tunnel

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// acceptPause lets connections end where no descriptor is left for another.
const acceptPause = 50 * time.Millisecond

// listen answers with where it listens, and passes connections to the other end until that
// closes the stream.
func (a *Arrival) listen() {
	listener, err := net.Listen(network(a.Address), a.Address)
	if err != nil {
		_ = answer(a.stream, "", err)
		return
	}
	defer func() { _ = listener.Close() }()
	if answer(a.stream, listener.Addr().String(), nil) != nil {
		return
	}
	a.Session.do(func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(acceptPause)
				continue
			}
			a.Session.do(func() { a.pass(conn) })
		}
	})
	_, _ = io.Copy(io.Discard, a.stream)
}

// pass passes on a connection that has come.
func (a *Arrival) pass(conn net.Conn) {
	stream, _, err := a.Session.ask(context.Background(), askArrived, "")
	if err != nil {
		Reset(conn)
		return
	}
	a.Session.join(conn.(Conn), stream)
}
