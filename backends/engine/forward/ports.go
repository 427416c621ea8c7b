// Package forward makes ports of containers reachable on this machine, and the other way
// round, whatever the way to the engine: an agent in the container's network passes
// connections on over the stream that leads to its helper container, or past the engine where
// there is a way.
//
// It imports core, the engine's session, the agent and the description of containers.
package forward

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Ports implements core.Ports. Make it with New.
type Ports struct {
	session *session.Session
	helpers *agent.Helpers
	dial    Dial
}

var _ core.Ports = (*Ports)(nil)

// New makes the ports of a session. It uses no network. dial may be nil: everything goes
// through the engine then.
func New(s *session.Session, helpers *agent.Helpers, dial Dial) *Ports {
	return &Ports{s, helpers, dial}
}

// Forward implements core.Ports.
func (p *Ports) Forward(ctx context.Context, req core.ForwardRequest, event func(any)) error {
	if event == nil {
		event = func(any) {}
	}
	return p.session.Perform(ctx, session.Operation{Container: &req.Container, Invalid: check(req), Long: true}, func(ctx context.Context) error {
		p.helpers.Begin()
		defer func() {
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), session.CleanupTime)
			defer cancel()
			p.helpers.End(late)
		}()
		return p.run(ctx, req, event)
	})
}

func check(req core.ForwardRequest) error {
	invalid := func(format string, args ...any) error {
		return core.Errorf(core.KindInvalidArgument, format, args...)
	}
	const highest = 1<<16 - 1
	switch {
	case req.Port < 0 || req.Port > highest:
		return invalid("the port is %d: it must be 1 to %d", req.Port, highest)
	case req.LocalPort < 0 || req.LocalPort > highest:
		return invalid("the local port is %d: it must be 1 to %d, or 0 for any free one", req.LocalPort, highest)
	case req.LocalPort != 0 && req.LocalSocket != "":
		return invalid("give a local port or a local socket, not both")
	case req.LocalSocket != "" && !filepath.IsAbs(req.LocalSocket):
		return invalid("the local socket's path %q is not absolute", req.LocalSocket)
	case req.Socket != "" && (len(req.Socket) < 2 || req.Socket[0] != '@' || strings.ContainsRune(req.Socket, 0)):
		return invalid("%q is no abstract Unix socket (\"@name\"): sockets in a container's files cannot be reached; let the program listen on a port", req.Socket)
	case req.Socket != "" && req.Port != 0:
		return invalid("give a port or a socket of the container, not both")
	case req.Socket == "" && req.Port == 0 && !req.Reverse:
		return invalid("the port is 0: it must be 1 to %d", highest)
	case req.Reverse && req.LocalPort == 0 && req.LocalSocket == "" && req.Port == 0:
		return invalid("give the local port or socket that the container is to reach")
	}
	return nil
}

// run forwards until ctx ends.
func (p *Ports) run(ctx context.Context, req core.ForwardRequest, event func(any)) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &forwarding{ports: p, req: req, event: event, inside: req.Socket}
	if f.inside == "" {
		f.inside = fmt.Sprintf("%s:%d", loopback, req.Port)
	}
	f.keeper = newKeeper(ctx, f)
	spare.take()
	defer spare.give()
	defer f.work.Wait()
	defer f.keeper.close()
	defer cancel()
	if err := f.begin(ctx); err != nil {
		return err
	}
	if f.listener != nil {
		defer func() { _ = f.listener.Close() }()
		f.do(func() { f.accept(ctx) })
	}
	return f.keep(ctx)
}

// forwarding is one port that is being forwarded.
type forwarding struct {
	ports    *Ports
	req      core.ForwardRequest
	event    func(any)
	inside   string   // the container's address
	listener listener // on this machine; nil with Reverse
	keeper   *keeper
	work     sync.WaitGroup // connections, and what watches the container
}

// begin listens on both sides.
func (f *forwarding) begin(ctx context.Context) (err error) {
	if !f.req.Reverse {
		if f.listener, err = listen(ctx, f.req); err != nil {
			return err
		}
	}
	var l *link
	err = f.ports.session.Retry(ctx, func(ctx context.Context) (err error) {
		l, err = f.keeper.refresh(ctx)
		return err
	})
	switch {
	case err != nil && f.listener != nil:
		_ = f.listener.Close()
		return err
	case err != nil:
		return err
	case f.req.Reverse:
		f.event(listening(l.at))
	default:
		f.event(listening(f.listener.Addr().String()))
	}
	return nil
}

// keep renews the link whenever it or the container has ended, as long as the engine may
// come back.
func (f *forwarding) keep(ctx context.Context) error {
	changes := f.watch(ctx)
	for {
		select {
		case <-changes:
		case <-f.keeper.lost():
		case <-ctx.Done():
			return core.ContextError(ctx, "")
		}
		if err := f.restore(ctx); err != nil {
			return err
		}
	}
}

// restore returns nil as well if the container does not run: its start will be noticed.
func (f *forwarding) restore(ctx context.Context) error {
	for {
		_, err := f.keeper.refresh(ctx)
		switch {
		case err == nil, core.KindOf(err) == core.KindContainerNotRunning, core.KindOf(err) == core.KindContainerNotFound:
			return nil
		case ctx.Err() != nil || !session.EngineLost(err):
			return err
		}
		if err := session.Sleep(ctx, pause); err != nil {
			return core.ContextError(ctx, "")
		}
	}
}

// pause is between two attempts to reach an engine that stays away.
const pause = time.Second
