package ssh

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

// line is one SSH connection from login to loss. It is never mended: a new one takes
// its place.
type line struct {
	settings *sshconfig.Settings
	client   *ssh.Client
	wire     *wire
	via      *line // the jump host's

	dead chan struct{} // closed when the line is of no use any more
	once sync.Once
	err  error // why; read it after dead

	spares spares
	quick  atomic.Bool // a program was started over it: see nodelay.go
	extra  bool        // made only for more sessions
}

// fail marks the line dead and lets go of everything it holds.
func (l *line) fail(err error) {
	l.once.Do(func() {
		if errors.Is(err, io.EOF) {
			err = errors.New("the host closed the connection")
		}
		l.err = err
		close(l.dead)
		guard.Go(func() {
			if core.KindOf(err) != core.KindClientClosed {
				l.wire.dropUnsent()
			}
			_ = l.wire.Close()
			l.spares.drop()
			if l.via != nil {
				l.via.fail(err)
			}
		}, nil)
	})
}

func (l *line) isDead() bool {
	select {
	case <-l.dead:
		return true
	default:
		return false
	}
}

// lost is the error of everything that went over the line.
func (l *line) lost() error {
	<-l.dead
	return errLost(l.settings.Alias, l.err)
}

// opened is an SSH channel with its requests.
type opened struct {
	ch       ssh.Channel
	requests <-chan *ssh.Request
	err      error
	// left, where set, is closed when the peer has closed an abandoned channel.
	left <-chan struct{}
}

// open opens a channel. An abandoned one is closed as soon as it is there.
func (l *line) open(ctx context.Context, kind string, payload []byte) opened {
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
		if o.err != nil && !isRejected(o.err) {
			// The mux is gone; its reason comes with the end of the line.
			l.fail(o.err)
			o.err = l.lost()
		}
		return o
	case <-l.dead:
		return abandon(l.lost())
	case <-ctx.Done():
		return abandon(contextError(ctx, "opening a channel to "+l.settings.Alias))
	}
}

func isRejected(err error) bool {
	var rejected *ssh.OpenChannelError
	return errors.As(err, &rejected)
}

// echo waits for the peer's answer to a request that does nothing.
func (l *line) echo() error {
	_, _, err := l.client.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// keepAlive ends the line when the peer has been silent for longer than limit
// although it was asked for an answer.
func (l *line) keepAlive(limit time.Duration) {
	interval := limit / 3
	ticker := time.NewTicker(max(interval/4, 5*time.Millisecond))
	defer ticker.Stop()
	var asked time.Time
	answered := make(chan struct{}, 1)
	for {
		select {
		case <-l.dead:
			return
		case <-answered:
			asked = time.Time{}
		case <-ticker.C:
			silence := l.wire.silence()
			switch {
			case asked.IsZero() && silence >= interval:
				asked = time.Now()
				guard.Go(func() {
					if l.echo() == nil {
						answered <- struct{}{}
					}
				}, nil)
			case !asked.IsZero() && silence >= limit-interval/2 && time.Since(asked) >= limit-interval*3/2:
				l.fail(errors.New("the host has not answered for " + silence.Round(100*time.Millisecond).String()))
				return
			}
		}
	}
}
