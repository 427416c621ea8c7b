package members

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Why an engine is no manager: the detail "reason" of the error.
const (
	ReasonNoSwarm    = "no_swarm"
	ReasonLocked     = "swarm_locked"
	ReasonNotManager = "not_a_manager"
)

// Manager returns a manager that answers, and the ID of its node.
func (m *Members) Manager(ctx context.Context) (Engine, string, error) {
	if known := m.known(); known != nil {
		return known.engine, known.nodeID, nil
	}
	found, err := m.choice.Do(ctx, m.choose)
	return found.engine, found.nodeID, m.unlessClosed(err)
}

func (m *Members) known() *chosen {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.manager
}

// choose asks all managers at once, and takes the first that is one. The one that was left last is
// taken only where no other answers.
func (m *Members) choose(ctx context.Context) (chosen, error) {
	if m.isClosed() {
		return chosen{}, core.ClosedError()
	}
	if known := m.known(); known != nil {
		return *known, nil
	}
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	type answer struct {
		chosen
		err error
	}
	answers := make(chan answer, len(m.managers))
	for i, engine := range m.managers {
		guard.Go(func() {
			id, err := asManager(ctx, engine)
			m.ids[i].set(id)
			answers <- answer{chosen{engine, id}, err}
		}, func(p *guard.Panic) { answers <- answer{err: p} })
	}
	var refusals []error
	var spare *chosen
	var late <-chan time.Time
	for range m.managers {
		select {
		case a := <-answers:
			switch {
			case a.err != nil:
				refusals = append(refusals, a.err)
			case m.wasLeft(a.engine):
				spare, late = &a.chosen, time.After(othersWithin)
			default:
				return m.take(a.chosen), nil
			}
		case <-late:
			return m.take(*spare), nil
		}
	}
	if spare != nil {
		return m.take(*spare), nil
	}
	return chosen{}, noManager(refusals)
}

// othersWithin is how long others may take to answer before the manager that was left last is taken
// again. It answers for itself, but may not reach its leader.
const othersWithin = time.Second

// take makes a manager the one that is asked.
func (m *Members) take(manager chosen) chosen {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.manager, m.served = &manager, true
	return manager
}

// Leave makes the next caller choose a manager, another one if there is one.
func (m *Members) Leave(engine Engine) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left = engine
	if m.manager != nil && m.manager.engine == engine {
		m.manager = nil
	}
}

func (m *Members) wasLeft(engine Engine) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left == engine
}

// noManager is the error of the only manager, or of all of them.
func noManager(refusals []error) error {
	if len(refusals) == 1 {
		return refusals[0]
	}
	var first *core.Error
	reasons := make([]string, len(refusals))
	for i, err := range refusals {
		reasons[i] = err.Error()
		if first == nil {
			errors.As(err, &first)
		}
	}
	if first == nil {
		return errors.Join(refusals...)
	}
	return core.Errorf(first.Kind, "none of the fleet's managers can be used: %s", strings.Join(reasons, "; "))
}

// asManager returns the ID of a manager's node; an error says why the engine is none.
func asManager(ctx context.Context, engine Engine) (string, error) {
	if _, err := engine.Ping(ctx); err != nil {
		return "", err
	}
	info, err := engine.API().Info(ctx)
	if err != nil {
		return "", session.Translate(ctx, err)
	}
	no := func(reason, format string, args ...any) error {
		return core.Errorf(core.KindInvalidArgument, "the engine at %s %s", engine.Target(), fmt.Sprintf(format, args...)).With("reason", reason)
	}
	switch info.Swarm.LocalNodeState {
	case swarm.LocalNodeStateActive:
	case swarm.LocalNodeStateLocked:
		return "", no(ReasonLocked, "has a locked swarm: unlock it (docker swarm unlock)")
	default:
		return "", no(ReasonNoSwarm, "is in no swarm (it says %q): begin one there (docker swarm init), or connect to it as a single engine", info.Swarm.LocalNodeState)
	}
	if !info.Swarm.ControlAvailable {
		return "", no(ReasonNotManager, "is a worker of its swarm, and only a manager knows the fleet: %s", managersOf(info.Swarm))
	}
	return info.Swarm.NodeID, nil
}

// managersOf says which managers a worker knows.
func managersOf(info swarm.Info) string {
	var addresses []string
	for _, one := range info.RemoteManagers {
		addresses = append(addresses, one.Addr)
	}
	if len(addresses) == 0 {
		return "name one as swarm://HOST"
	}
	return "name one as swarm://HOST; this worker knows those at " + strings.Join(addresses, ", ")
}
