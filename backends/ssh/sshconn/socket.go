package sshconn

import (
	"context"
	"net"

	"golang.org/x/crypto/ssh"
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
