package members

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Ask asks a manager something idempotent. If the manager is lost, or says nothing, it asks again,
// another one where there are several, for as long as a lost engine is waited for: a manager that
// restarts needs a moment to be one again, and several to agree on a leader.
func (m *Members) Ask(ctx context.Context, ask func(ctx context.Context, api *client.Client) error) error {
	return m.AskEngine(ctx, func(ctx context.Context, engine Engine) error { return ask(ctx, engine.API()) })
}

// AskEngine is Ask for what the engine's client asks.
func (m *Members) AskEngine(ctx context.Context, ask func(ctx context.Context, engine Engine) error) error {
	began := time.Now()
	for tries := 1; ; tries++ {
		err := m.askOnce(ctx, m.within(tries), ask)
		late := time.Since(began) > m.Patience() && tries >= len(m.managers)
		if err == nil || ctx.Err() != nil || late || !m.mayPass(err) {
			return translated(ctx, err)
		}
		_ = session.Sleep(ctx, asksAgain)
	}
}

// asksAgain is the time between two questions while no manager can answer.
const asksAgain = 250 * time.Millisecond

// A manager may take so long for one answer. One that cannot ask its leader says so after 20
// seconds; one that says nothing may be stopped, or its host have lost its power. Where there is
// another one to ask, the first question is not worth as much patience.
const (
	answersWithin = 30 * time.Second
	firstWithin   = 10 * time.Second
)

func (m *Members) within(tries int) time.Duration {
	if tries == 1 && len(m.managers) > 1 {
		return firstWithin
	}
	return answersWithin
}

// silentFor is how long a manager may say nothing until its caller has enough, and is asked again by
// the next one.
const silentFor = managersTime / 2

// askOnce asks one manager, which counts as unreachable if it does not answer in time.
func (m *Members) askOnce(ctx context.Context, limit time.Duration, ask func(ctx context.Context, engine Engine) error) error {
	asking, done := ctx, context.CancelFunc(func() {})
	if m.hasServed() { // else it connects for the first time, which takes what it takes
		asking, done = context.WithTimeout(ctx, limit)
	}
	defer done()
	began, who := time.Now(), "no manager of the fleet answers"
	engine, _, err := m.Manager(asking)
	if err == nil {
		who = "the manager at " + engine.Target() + " does not answer"
		err = ask(asking, engine)
	}
	if err != nil && engine != nil && (time.Since(began) > silentFor || m.mayPass(err)) {
		m.Leave(engine)
	}
	if err != nil && asking.Err() != nil && ctx.Err() == nil {
		return core.Errorf(core.KindEngineUnreachable, "%s within %s", who, limit)
	}
	return err
}

// Patience is how long a lost manager is waited for.
func (m *Members) Patience() time.Duration {
	if limit := m.request.ReconnectTimeoutSeconds; limit > 0 {
		return time.Duration(limit * float64(time.Second))
	}
	return time.Minute
}

// mayPass reports whether a manager may answer later: some engine was one, and is not now.
func (m *Members) mayPass(err error) bool {
	if !m.hasServed() {
		return false
	}
	var known *core.Error
	if errors.As(err, &known) && (known.Details["reason"] == ReasonNoSwarm || known.Details["reason"] == ReasonNotManager) {
		return true
	}
	return lostManager(err)
}

func (m *Members) hasServed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.served
}

func translated(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return session.Translate(ctx, err)
}

// withoutLeader is what managers say that are none any more, or that cannot ask their leader: it has
// died, and another one is not chosen yet, which takes 20 seconds and more.
var withoutLeader = []string{
	"not a swarm manager", "swarm does not have a leader", "rpc error: code = Unavailable", "rpc error: code = DeadlineExceeded",
}

// Lost reports whether an error says that an engine is not there, or not any more.
func Lost(err error) bool { return session.EngineLost(err) }

// lostManager reports whether another manager may answer, or this one later.
func lostManager(err error) bool {
	says := func(words string) bool { return strings.Contains(err.Error(), words) }
	return session.EngineLost(err) || slices.ContainsFunc(withoutLeader, says)
}
