package local

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

const defaultConnectTimeout = 10 * time.Second

// dialer opens connections to one endpoint. It does TLS itself: docker's client dials
// streams through this dialer only if its transport has no TLS.
type dialer struct {
	at      endpoint
	timeout time.Duration
	net     net.Dialer
}

func newDialer(at endpoint, timeoutSeconds float64) (*dialer, error) {
	d := &dialer{at: at, timeout: defaultConnectTimeout}
	if timeoutSeconds < 0 {
		return nil, core.Errorf(core.KindInvalidArgument, "connect_timeout is %g s, but must not be negative", timeoutSeconds)
	}
	if timeoutSeconds > 0 {
		d.timeout = time.Duration(timeoutSeconds * float64(time.Second))
	}
	// A peer that vanished is noticed after about 30 s of silence.
	d.net.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	if at.tls != nil && at.tls.ServerName == "" {
		at.tls.ServerName, _, _ = net.SplitHostPort(at.address)
	}
	return d, nil
}

// dial returns a *net.UnixConn, *net.TCPConn or *tls.Conn: each can close its write side.
func (d *dialer) dial(parent context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(parent, d.timeout)
	defer cancel()
	conn, err := d.net.DialContext(ctx, d.at.network, d.at.address)
	if err == nil && d.at.tls != nil {
		conn, err = handshake(ctx, conn, d.at.tls)
	}
	if err == nil {
		return conn, nil
	}
	if parent.Err() != nil {
		return nil, context.Cause(parent)
	}
	return nil, d.explain(err)
}

func handshake(ctx context.Context, plain net.Conn, config *tls.Config) (net.Conn, error) {
	below := &untilNotice{Conn: plain}
	conn := tls.Client(below, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return nil, &handshakeError{err}
	}
	below.made.Store(true)
	return conn, nil
}

// untilNotice is what TLS runs over. An engine ends a stream with TLS's own notice. A connection
// that ends without one was cut, by a proxy for example; crypto/tls takes that for an end, and
// what was cut off would be missing unnoticed.
type untilNotice struct {
	net.Conn
	made atomic.Bool // the handshake is over
}

// NetConn returns what is below.
func (u *untilNotice) NetConn() net.Conn { return u.Conn }

// Read implements io.Reader.
func (u *untilNotice) Read(p []byte) (int, error) {
	n, err := u.Conn.Read(p)
	if err == io.EOF && u.made.Load() {
		err = core.Errorf(core.KindConnectionLost, "the connection to the engine was cut: %w", io.ErrUnexpectedEOF)
	}
	return n, err
}

// handshakeError distinguishes an error of TLS from one of the connection below.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }
