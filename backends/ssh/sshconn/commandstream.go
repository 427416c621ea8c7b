package sshconn

import (
	"context"
	"io"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bounds on the waits for what a command prints when it fails, and for its end when it is no
// longer needed.
const (
	commandSays = 5 * time.Second
	commandEnd  = 2 * time.Second
)

// CommandStream is a command line whose standard input and output are a stream.
type CommandStream struct {
	Command string
	First   string // is written to its input before the stream begins
	// Failed makes the error of a command that printed nothing but an error message.
	Failed func(l *Login, message string) error
}

// DialCommand starts a command in a session of its own, as a stream. It waits while all
// sessions are in use.
func (c *Connection) DialCommand(ctx context.Context, by CommandStream) (*Stream, error) {
	o, slot, err := c.sessions.open(ctx)
	if err != nil {
		return nil, err
	}
	l := slot.login
	stream := newStream(l, o, &net.UnixAddr{Name: by.Command, Net: "unix"}, by.atEnd(l, o.ch.Stderr()), commandEnd)
	c.sessions.releaseWhenGone(slot, stream.gone)
	stop := guard.OnDone(ctx, func() { _ = stream.Close() })
	ok, err := o.ch.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{by.Command}))
	if err == nil && ok && by.First != "" {
		_, err = io.WriteString(o.ch, by.First)
	}
	if stop() && err == nil && ok {
		return stream, nil
	}
	_ = stream.Close()
	switch {
	case ctx.Err() != nil:
		return nil, core.ContextError(ctx, "starting a command on "+l.settings.Alias)
	case l.Dropped():
		return nil, l.Lost()
	}
	return nil, noSession(l.settings, errRefused)
}

// atEnd collects what the command prints to stderr, and makes an error of it if it prints
// nothing else.
func (by CommandStream) atEnd(l *Login, stderr io.Reader) func(received bool) error {
	said, saidAll := &tail{}, make(chan struct{})
	guard.Go(func() {
		defer close(saidAll)
		_, _ = io.Copy(said, stderr)
	}, nil)
	return func(received bool) error {
		if received {
			return io.EOF
		}
		select {
		case <-saidAll:
		case <-l.dropped:
			return l.Lost()
		case <-time.After(commandSays):
		}
		if text := said.String(); text != "" {
			return by.Failed(l, text)
		}
		return io.EOF
	}
}
