package members

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/attempt"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Engine is a client of one engine.
type Engine interface {
	core.DockerClient
	// API returns docker's client of the engine.
	API() *client.Client
	// GetOnce reads a document as the engine wrote it.
	GetOnce(ctx context.Context, path string) (json.RawMessage, error)
}

// Members knows the managers and the nodes of a fleet. Make it with New.
type Members struct {
	open     core.Opener
	target   core.Target
	request  core.OpenRequest
	managers []Engine  // one for each that the target names; each connects on first use
	ids      []*nodeID // of their nodes

	choice *attempt.Shared[chosen]
	listed *attempt.Shared[[]Node]

	mu      sync.Mutex
	manager *chosen // the manager that answered last
	left    Engine  // the manager that failed last
	served  bool    // one has answered before
	list    *fresh
	named   bool             // the nodes that the request names are the fleet's
	nodes   map[string]*link // by the ID of their node
	closed  bool

	life context.Context
	end  context.CancelFunc
}

// chosen is a manager that answers.
type chosen struct {
	engine Engine
	nodeID string
}

// New makes a fleet's members without using the network. open makes the clients of engines.
func New(ctx context.Context, open core.Opener, target core.Target, request core.OpenRequest) (*Members, error) {
	m := &Members{open: open, target: target, request: request, nodes: map[string]*link{}}
	for node, at := range request.Nodes {
		if err := nodeTarget(at); err != nil {
			return nil, core.Errorf(core.KindInvalidArgument, "nodes[%q]: %w", node, err)
		}
	}
	for _, text := range target.Managers() {
		id := &nodeID{}
		engine, err := m.openEngine(ctx, text, id)
		if err != nil {
			_ = m.closeManagers()
			return nil, err
		}
		m.managers, m.ids = append(m.managers, engine), append(m.ids, id)
	}
	m.life, m.end = context.WithCancel(context.Background())
	m.choice = attempt.New[chosen](m.life, nil)
	m.listed = attempt.New[[]Node](m.life, nil)
	return m, nil
}

// nodeTarget refuses a target that is not a single engine's.
func nodeTarget(text string) error {
	target, err := core.ParseTarget(text)
	if err == nil && (target.Scheme == core.SchemeSwarm || target.Scheme == core.SchemeDefault) {
		err = core.Errorf(core.KindInvalidArgument, "%q does not name one engine: use ssh://, tcp://, unix:// or context://", text)
	}
	return err
}

// openEngine opens an engine whose node has an ID, or will have once it is known.
func (m *Members) openEngine(ctx context.Context, text string, id *nodeID) (Engine, error) {
	target, err := core.ParseTarget(text)
	if err != nil {
		return nil, err
	}
	request := m.request
	request.Target, request.Nodes = text, nil
	request.Gone = func(ctx context.Context) error { return m.Gone(ctx, id.get()) }
	opened, err := m.open(ctx, target, request)
	if err != nil {
		return nil, err
	}
	engine, ok := opened.(Engine)
	if !ok {
		_ = opened.Close()
		return nil, core.Errorf(core.KindInvalidArgument, "%s is not a single engine, which a fleet is made of", text)
	}
	return engine, nil
}

// Close closes the connections to all nodes.
func (m *Members) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	links := m.nodes
	m.mu.Unlock()
	m.end()
	var closing guard.Group
	for _, one := range links {
		closing.Run(one.close)
	}
	return errors.Join(closing.Wait(), m.closeManagers())
}

func (m *Members) closeManagers() error {
	var closing guard.Group
	for _, one := range m.managers {
		closing.Run(one.Close)
	}
	return closing.Wait()
}

// unlessClosed returns an error, or that of a closed client, which ends what is under way.
func (m *Members) unlessClosed(err error) error {
	if err != nil && m.isClosed() {
		return core.ClosedError()
	}
	return err
}

func (m *Members) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}
