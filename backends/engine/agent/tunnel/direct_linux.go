package tunnel

import (
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// maxStrangers bounds how many connections have yet to prove that they are the client's.
const maxStrangers = 16

// direct listens at an address of the agent's network for one connection of the client, which
// it then serves as it serves the stream. It listens until the client closes the request.
func (a *Arrival) direct() {
	text, ip, _ := strings.Cut(a.Address, " ")
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != secretLength || net.ParseIP(ip) == nil {
		_ = answer(a.stream, "", errBroken)
		return
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		_ = answer(a.stream, "", err)
		return
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if answer(a.stream, port, nil) != nil {
		return
	}
	w := &waiting{session: a.Session, listener: listener, secret: secret, places: make(chan struct{}, maxStrangers)}
	a.Session.do(w.accept)
	_, _ = io.Copy(io.Discard, a.stream)
}

// waiting is the wait for a direct connection.
type waiting struct {
	session  *Session
	listener net.Listener
	secret   []byte
	places   chan struct{} // of connections without proof
	came     atomic.Bool   // a secret is for one connection
}

// accept takes connections until the listener is closed.
func (w *waiting) accept() {
	for {
		conn, err := w.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptPause)
			continue
		}
		select {
		case w.places <- struct{}{}:
			w.session.do(func() { w.admit(conn) })
		default:
			_ = conn.Close()
		}
	}
}

// admit serves a connection if it is the client's.
func (w *waiting) admit(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(directTime))
	over := newSealed(conn, w.secret, false)
	err := over.greet(false)
	<-w.places
	if err != nil || w.came.Swap(true) {
		return
	}
	_ = conn.SetDeadline(time.Time{})
	_ = w.listener.Close()
	direct := New(over, false, take)
	select {
	case <-direct.Done():
	case <-w.session.Done():
	}
	direct.Close()
}
