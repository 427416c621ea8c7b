package forward

import (
	"context"
	"errors"
	"sync"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/agent/tunnel"
	"github.com/proboscis/ml_nexus_go/core"
)

// link is an agent in the network that a container has since its last start.
type link struct {
	to     target
	helper string // the helper container's ID
	stream *agent.Stream
	tunnel *tunnel.Session
	at     string // where the agent listens, with Reverse

	life context.Context // until the link is dropped
	end  context.CancelFunc

	mu     sync.Mutex
	direct *tunnel.Session // to the same agent, past the engine; nil if there is none
}

// open makes a link. Where it fails, nothing of it is left.
func (f *forwarding) open(ctx context.Context, to target, at string) (*link, error) {
	helpers := f.ports.helpers
	id, err := helpers.NetworkContainer(ctx, []string{"forward"}, to.id, to.users)
	if err != nil {
		return nil, err
	}
	l := &link{to: to, helper: id}
	l.life, l.end = context.WithCancel(f.keeper.life)
	if err = f.start(ctx, l, at); err != nil {
		if left := f.drop(ctx, l); left != nil && ctx.Err() == nil {
			err = errors.Join(err, left)
		}
		return nil, err
	}
	f.shorten(l)
	return l, nil
}

func (f *forwarding) start(ctx context.Context, l *link, at string) (err error) {
	l.stream, err = f.ports.helpers.Attach(ctx, l.helper)
	switch {
	case cerrdefs.IsNotFound(err): // it was started and has ended, with the connection
		return lost(err)
	case err != nil:
		return err
	}
	// Connections of the container outlive what makes the link.
	life := f.keeper.life
	l.tunnel = tunnel.New(l.stream, true, func(a *tunnel.Arrival) {
		if f.req.Reverse {
			f.arrived(life, a)
		}
	})
	if err := l.tunnel.Ready(ctx); err != nil {
		if said := l.stream.Said(); said != "" && ctx.Err() == nil {
			return core.Errorf(core.KindEngineError, "the agent in the container's network does not start: %s", said)
		}
		return lost(err)
	}
	if !f.req.Reverse {
		return nil
	}
	l.at, err = l.tunnel.Listen(ctx, at)
	var refusal *tunnel.Refusal
	switch {
	case !errors.As(err, &refusal):
		return lost(err)
	case refusal.Reason == tunnel.InUse:
		return core.Errorf(core.KindConflict, "%s is in use in container %s: choose another port", at, f.req.Container)
	}
	return core.Errorf(core.KindInvalidArgument, "%s in container %s cannot be listened at: %w", at, f.req.Container, refusal)
}

// lost returns the error of a stream that has ended.
func lost(err error) error {
	if err == nil {
		return nil
	}
	return core.Errorf(core.KindConnectionLost, "the connection to the agent in the container's network was lost: %w", err)
}

func (l *link) alive() bool {
	select {
	case <-l.tunnel.Done():
		return false
	default:
		return true
	}
}

// drop ends a link: its connections, and its helper container.
func (f *forwarding) drop(ctx context.Context, l *link) error {
	l.end()
	if direct := l.shortest(); direct != nil {
		direct.Close()
	}
	if l.stream != nil {
		_ = l.stream.Close()
	}
	if l.tunnel != nil {
		l.tunnel.Close()
	}
	return f.ports.session.CleanUp(ctx, func(ctx context.Context) error { return f.ports.helpers.Remove(ctx, l.helper) })
}
