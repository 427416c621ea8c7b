package tunnel

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// directTime bounds how long a direct connection may take to be made.
const directTime = 10 * time.Second

// Direct returns a session over a connection of its own to the agent, which dial makes to a
// port at the given IP address of the agent's network: it saves the engine the copying.
func (s *Session) Direct(ctx context.Context, ip string, dial func(ctx context.Context, address string) (io.ReadWriteCloser, error)) (*Session, error) {
	ctx, cancel := context.WithTimeout(ctx, directTime)
	defer cancel()
	secret := make([]byte, secretLength)
	_, _ = rand.Read(secret) // it never fails
	stream, port, err := s.ask(ctx, askDirect, hex.EncodeToString(secret)+" "+ip)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }() // the agent listens until then
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return nil, errBroken
	}
	conn, err := dial(ctx, net.JoinHostPort(ip, port))
	if err != nil {
		return nil, err
	}
	over := newSealed(conn, secret, true)
	greeted := make(chan error, 1)
	guard.Go(func() { greeted <- over.greet(true) }, func(p *guard.Panic) { greeted <- p })
	select {
	case err = <-greeted:
	case <-ctx.Done(): // Close alone may not end what waits
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return New(over, true, func(*Arrival) {}), nil
}
