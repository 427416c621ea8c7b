package sshconn

import (
	"context"
	"io"
	"net"
	"strconv"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// OpenSocket opens a stream to a unix socket on the host, by stream-local forwarding.
// Its error is IsRejected if sshd forbids forwarding or cannot connect to the socket.
func (l *Login) OpenSocket(ctx context.Context, path string) (*Stream, error) {
	o := l.open(ctx, "direct-streamlocal@openssh.com", ssh.Marshal(struct {
		Path     string
		Reserved string
		Zero     uint32
	}{Path: path}))
	if o.err != nil {
		return nil, o.err
	}
	return newStream(l, o, &net.UnixAddr{Name: path, Net: "unix"}, nil, 0), nil
}

// DialSocket returns a stream that was opened ahead if there is one, and opens one
// otherwise. All calls for one login are for one path.
func (l *Login) DialSocket(ctx context.Context, path string) (*Stream, error) {
	if stream := l.spares.take(l, path); stream != nil {
		return stream, nil
	}
	return l.OpenSocket(ctx, path)
}

// KeepSpares starts opening streams ahead, for DialSocket.
func (l *Login) KeepSpares(path string) { l.spares.refill(l, path) }

// OpenTCP opens a stream to a TCP address as the host reaches it. Its error is IsRejected if
// sshd forbids forwarding or cannot connect. The stream is the channel itself, which takes a
// goroutine and a copy less than a Stream: Close returns at once, but a Read or Write that waits
// goes on until sshd has answered, or the connection has dropped.
func (l *Login) OpenTCP(ctx context.Context, address string) (io.ReadWriteCloser, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	o := l.open(ctx, "direct-tcpip", ssh.Marshal(struct {
		Host       string
		Port       uint32
		Originator string
		From       uint32
	}{host, uint32(port), "127.0.0.1", 0}))
	if o.err != nil {
		return nil, o.err
	}
	guard.Go(func() { ssh.DiscardRequests(o.requests) }, nil)
	return tcpChannel{o.ch}, nil
}

type tcpChannel struct{ ssh.Channel }

// Read, like Write, may be called by a library in goroutines of its own.
func (c tcpChannel) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	return c.Channel.Read(p)
}

func (c tcpChannel) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	return c.Channel.Write(p)
}

func (c tcpChannel) Close() error {
	guard.Go(func() { _ = c.Channel.Close() }, nil)
	return nil
}
