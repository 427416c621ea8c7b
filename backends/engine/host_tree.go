package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// hostTree is a folder of the host: its agent, which takes a while to start, and, for
// large files, a container that is never started.
type hostTree struct {
	session *hostSession
	folder  string

	started chan struct{} // closed when agent or failed is set
	agent   *runningAgent
	failed  error

	bulk     sync.Mutex
	bulkID   string
	bulkFail error
	// putFailed says that the engine may still write a large file.
	putFailed atomic.Bool
	noBulk    bool // a connection was lost: what can go on from where it was cut is better
}

var (
	_ hostfiles.Tree   = (*hostTree)(nil)
	_ hostfiles.Putter = (*hostTree)(nil)
)

// openTree mounts a folder for an agent, and starts it beside the caller.
func (s *hostSession) openTree(ctx context.Context, folder string) (*hostTree, error) {
	id, err := s.engine.agentContainer(ctx, folder)
	if err != nil {
		return nil, hostReason(err)
	}
	t := &hostTree{session: s, folder: folder, started: make(chan struct{}), agent: &runningAgent{id: id}}
	s.later.Add(1)
	guard.Go(func() {
		defer s.later.Done()
		defer close(t.started)
		// What was begun may need the agent to be undone, when ctx has ended.
		long, cancel := session.Outlive(ctx)
		defer cancel()
		if p := guard.Call(func() { t.failed = hostFault(long, t.agent.start(long, s.engine)) }); p != nil {
			t.failed = core.Errorf(core.KindInternalError, "%w", p)
		}
	}, nil)
	return t, nil
}

// client waits for the agent.
func (t *hostTree) client(ctx context.Context) (*protocol.Client, error) {
	select {
	case <-t.started:
		return t.agent.Client, t.failed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// lost reports that the agent cannot be asked any more.
func (t *hostTree) lost() bool {
	select {
	case <-t.started:
		return t.failed != nil || !t.agent.alive()
	default:
		return false
	}
}

// cut ends what waits for the agent.
func (t *hostTree) cut() {
	select {
	case <-t.started:
		if t.agent.stream.Conn != nil {
			t.agent.stream.Close()
		}
	default: // the start ends with the operation's context
	}
}

// end removes the tree's containers. Where a large file did not arrive, the agent's is
// last: it sees to it that no incomplete file stays.
func (t *hostTree) end(ctx context.Context) error {
	<-t.started
	t.bulk.Lock()
	defer t.bulk.Unlock()
	removed := make(chan error, 1)
	removeBulk := func() {
		var err error
		if t.bulkID != "" {
			err = t.session.engine.removeHelper(ctx, t.bulkID)
		}
		removed <- err
	}
	if t.putFailed.Load() {
		removeBulk()
	} else {
		guard.Go(removeBulk, func(p *guard.Panic) { removed <- p })
	}
	return errors.Join(t.agent.end(ctx, t.session.engine), <-removed)
}
