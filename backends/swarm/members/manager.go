package members

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

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

// choose asks all managers at once, and takes the first that is one.
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
	for range m.managers {
		a := <-answers
		if a.err == nil {
			m.mu.Lock()
			m.manager, m.served = &a.chosen, true
			m.mu.Unlock()
			return a.chosen, nil
		}
		refusals = append(refusals, a.err)
	}
	return chosen{}, noManager(refusals)
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

// Ask asks a manager something idempotent. If the manager is lost, it asks again, another one where
// there are several, for as long as a lost engine is waited for: a manager that restarts needs a
// moment to be one again, and several to agree on a leader.
func (m *Members) Ask(ctx context.Context, ask func(ctx context.Context, api *client.Client) error) error {
	return m.askEngine(ctx, func(ctx context.Context, engine Engine) error { return ask(ctx, engine.API()) })
}

func (m *Members) askEngine(ctx context.Context, ask func(ctx context.Context, engine Engine) error) error {
	for began := time.Now(); ; {
		engine, _, err := m.Manager(ctx)
		if err == nil {
			err = ask(ctx, engine)
		}
		if err == nil || ctx.Err() != nil || !m.mayPass(err) || time.Since(began) > m.patience() {
			return translated(ctx, err)
		}
		m.mu.Lock()
		m.manager = nil
		m.mu.Unlock()
		_ = session.Sleep(ctx, asksAgain)
	}
}

// asksAgain is the time between two questions while no manager can answer.
const asksAgain = 250 * time.Millisecond

// patience is how long a lost manager is waited for.
func (m *Members) patience() time.Duration {
	if limit := m.request.ReconnectTimeoutSeconds; limit > 0 {
		return time.Duration(limit * float64(time.Second))
	}
	return time.Minute
}

// mayPass reports whether a manager may answer later: some engine was one, and is not now.
func (m *Members) mayPass(err error) bool {
	m.mu.Lock()
	served := m.served
	m.mu.Unlock()
	if !served {
		return false
	}
	var known *core.Error
	if errors.As(err, &known) && (known.Details["reason"] == ReasonNoSwarm || known.Details["reason"] == ReasonNotManager) {
		return true
	}
	return lostManager(err)
}

func translated(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return session.Translate(ctx, err)
}

// lostManager reports whether another manager may answer: this one is gone, is one no more, or
// knows no leader.
func lostManager(err error) bool {
	text := err.Error()
	return session.EngineLost(err) || strings.Contains(text, "not a swarm manager") || strings.Contains(text, "swarm does not have a leader") ||
		strings.Contains(text, "rpc error: code = Unavailable")
}
