package forward

import (
	"context"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
)

// keeper has the link of a forwarding. Many connections may find at once that it has ended:
// one attempt renews it for all.
type keeper struct {
	of    *forwarding
	life  context.Context
	renew *attempt.Shared[*link]

	renewing sync.Mutex // an abandoned attempt undoes what it began before the next one

	mu  sync.Mutex
	now *link  // nil if there is none
	id  string // of the container; "" until it was found
	at  string // where the agent listens, with Reverse: the same after each renewal
}

func newKeeper(life context.Context, of *forwarding) *keeper {
	return &keeper{of: of, life: life, renew: attempt.New[*link](life, nil), at: of.inside}
}

// link returns the link, or a new one.
func (k *keeper) link(ctx context.Context) (*link, error) {
	k.mu.Lock()
	l := k.now
	k.mu.Unlock()
	if l != nil && l.alive() {
		return l, nil
	}
	return k.refresh(ctx)
}

// container returns the ID of the container that was found.
func (k *keeper) container() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.id
}

// lost returns a channel that is closed when the link has ended; nil if there is none.
func (k *keeper) lost() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now == nil {
		return nil
	}
	return k.now.tunnel.Done()
}

// refresh looks at the container, and makes a new link if it was started again, or if the
// link has ended.
func (k *keeper) refresh(ctx context.Context) (*link, error) {
	return k.renew.Do(ctx, k.renewed)
}

func (k *keeper) renewed(ctx context.Context) (*link, error) {
	k.renewing.Lock()
	defer k.renewing.Unlock()
	k.mu.Lock()
	old, name, at := k.now, k.id, k.at
	k.mu.Unlock()
	if name == "" {
		name = k.of.req.Container
	}
	to, err := k.of.inspect(ctx, name)
	if old != nil && old.alive() && (err == nil && old.to.started == to.started || ctx.Err() != nil || session.EngineLost(err)) {
		return old, err
	}
	if old != nil {
		k.set(nil)
		// What cannot be removed now is removed as soon as the engine answers.
		_ = k.of.drop(ctx, old)
	}
	if err != nil {
		return nil, err
	}
	l, err := k.of.open(ctx, to, at)
	if err != nil {
		return nil, k.because(ctx, to, err)
	}
	k.set(l)
	return l, nil
}

// because returns why there is no link: a container that has ended meanwhile, maybe.
func (k *keeper) because(ctx context.Context, to target, err error) error {
	if ctx.Err() != nil || session.EngineLost(err) {
		return err
	}
	if now, gone := k.of.inspect(ctx, to.id); gone != nil {
		return gone
	} else if now.started != to.started {
		return core.Errorf(core.KindContainerNotRunning, "container %s was started again meanwhile: %w", k.of.req.Container, err)
	}
	return err
}

func (k *keeper) set(l *link) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now = l; l != nil {
		k.id = l.to.id
		if l.at != "" {
			k.at = l.at
		}
	}
}

// close ends the link. The keeper's life has ended.
func (k *keeper) close() {
	k.renewing.Lock()
	defer k.renewing.Unlock()
	k.mu.Lock()
	l := k.now
	k.now = nil
	k.mu.Unlock()
	if l != nil {
		_ = k.of.drop(k.life, l)
	}
}
