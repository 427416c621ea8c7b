package tunnel

import (
	"net"

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
