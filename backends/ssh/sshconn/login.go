package sshconn

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Login is one login at a host over one TCP connection, until that drops. It is not
// re-established: the Connection logs in again.
type Login struct {
	settings *sshconfig.Settings
	client   *ssh.Client
	wire     *wire
	via      *Login // the jump host's

	dropped chan struct{} // closed when the login is useless
	once    sync.Once
	err     error // why; read it after dropped

	spares  spares
	noDelay atomic.Bool // a program was started over it: see nodelay.go
	extra   bool        // only for more sessions
}

// Settings returns what the ssh config says about the host.
func (l *Login) Settings() *sshconfig.Settings { return l.settings }

// Dropped reports whether the connection has dropped or was closed.
func (l *Login) Dropped() bool { return isClosed(l.dropped) }

// Lost waits until the connection has dropped, and returns ConnectionLost, the error of
// everything that used it.
func (l *Login) Lost() error {
	<-l.dropped
	return LostError(l.settings.Alias, l.err)
}

// drop marks the login as useless and releases everything it holds.
func (l *Login) drop(err error) {
	l.once.Do(func() {
		if errors.Is(err, io.EOF) {
			err = errors.New("the host closed the connection")
		}
		l.err = err
		close(l.dropped)
		guard.Go(func() {
			if core.KindOf(err) != core.KindClientClosed {
				l.wire.dropUnsent()
			}
			_ = l.wire.Close()
			l.spares.close()
			if l.via != nil {
				l.via.drop(err)
			}
		}, nil)
	})
}

// outlives reports whether the connection still exists after one of its channels has ended.
// x/crypto ends all channels of a connection that it gives up, and closes the wire some
// time later. But by then it has stopped reading: a read of the wire that is under way
// after the channel's end proves the connection. Either that or the drop comes soon, without
// the other side's help. (A host whose channel messages are invalid can still make a loss look
// like an end; it could as well have said that the stream has ended.) A caller
// stops waiting by closing givenUp.
func (l *Login) outlives(givenUp <-chan struct{}) bool {
	select {
	case <-l.wire.reading():
		return !l.Dropped()
	case <-l.dropped:
		return false
	case <-givenUp:
		return true
	}
}

// opened is an SSH channel with its requests.
type opened struct {
	ch       ssh.Channel
	requests <-chan *ssh.Request
	err      error
	// left, if set, is closed when the peer has closed an abandoned channel.
	left <-chan struct{}
}

// open opens a channel. An abandoned one is closed as soon as it is open.
func (l *Login) open(ctx context.Context, kind string, payload []byte) opened {
	result := make(chan opened, 1)
	guard.Go(func() {
		var o opened
		o.ch, o.requests, o.err = l.client.OpenChannel(kind, payload)
		result <- o
	}, func(p *guard.Panic) { result <- opened{err: p} })
	abandon := func(err error) opened {
		left := make(chan struct{})
		guard.Go(func() {
			defer close(left)
			if o := <-result; o.err == nil {
				guard.Go(func() { _ = o.ch.Close() }, nil)
				ssh.DiscardRequests(o.requests)
			}
		}, nil)
		return opened{err: err, left: left}
	}
	select {
	case o := <-result:
		if o.err != nil && !IsRejected(o.err) {
			// The mux is gone; its reason comes with the end of the connection.
			l.drop(o.err)
			o.err = l.Lost()
		}
		return o
	case <-l.dropped:
		return abandon(l.Lost())
	case <-ctx.Done():
		return abandon(core.ContextError(ctx, "opening a channel to "+l.settings.Alias))
	}
}

// IsRejected reports whether sshd refused to open a channel.
func IsRejected(err error) bool {
	var rejected *ssh.OpenChannelError
	return errors.As(err, &rejected)
}

// echo waits for the peer's answer to a request that does nothing.
func (l *Login) echo() error {
	_, _, err := l.client.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// keepAlive drops the connection when the peer has not answered for longer than limit.
func (l *Login) keepAlive(limit time.Duration) {
	ticker := time.NewTicker(max(limit/12, 5*time.Millisecond))
	defer ticker.Stop()
	peer := silentPeer{limit: limit}
	answered := make(chan struct{}, 1)
	for {
		select {
		case <-l.dropped:
			return
		case <-answered:
			peer.looks = 0
		case <-ticker.C:
			silence := l.wire.silence()
			ask, lost := peer.look(silence)
			if ask {
				guard.Go(func() {
					if l.echo() == nil {
						answered <- struct{}{}
					}
				}, nil)
			}
			if lost {
				l.drop(errors.New("the host has not answered for " + silence.Round(100*time.Millisecond).String()))
				return
			}
		}
	}
}

// silentPeer counts looks at it, and not only the time: a program that did not run for a
// while (on a busy machine, after Ctrl-Z) has its answer, and reads it before many more looks.
type silentPeer struct {
	limit time.Duration
	looks int // since the peer was asked; 0 if it was not
}

// look says whether to ask the peer now, twelve looks to a limit, and whether it is lost.
func (p *silentPeer) look(silence time.Duration) (ask, lost bool) {
	if p.looks == 0 && silence < p.limit/3 {
		return false, false
	}
	p.looks++
	return p.looks == 1, p.looks > 6 && silence >= p.limit*5/6
}
