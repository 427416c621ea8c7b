package tunnel

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/xtaci/smux"
)

// Arrival is a request of the other end.
type Arrival struct {
	Session *Session
	Address string
	stream  *smux.Stream
	what    byte
}

// Connect answers with a connection that dial makes, and moves its bytes until it ends. It
// returns why there is none.
func (a *Arrival) Connect(dial func() (net.Conn, error)) error {
	conn, err := dial()
	if answered := answer(a.stream, "", err); answered != nil && err == nil {
		Reset(conn)
		return nil // the other end has gone meanwhile
	}
	if err != nil {
		return err
	}
	a.Session.join(conn.(Conn), a.stream)
	return nil
}

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
