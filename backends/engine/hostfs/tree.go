package hostfs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// tree is a folder of the host: its agent, which takes a moment to start, and, for
// large files, a container that is never started.
type tree struct {
	fs     *FS
	folder string

	started chan struct{} // closed when agent or failed is set
	agent   *agent.Running
	failed  error

	bulk     sync.Mutex
	bulkID   string
	bulkFail error
	// putFailed says that the engine may still write a large file.
	putFailed atomic.Bool
	noBulk    bool // a connection was lost: a way that can continue where it was cut is better
}

var (
	_ hostfiles.Tree   = (*tree)(nil)
	_ hostfiles.Putter = (*tree)(nil)
)

// openTree mounts a folder for an agent, and starts it in the background.
func (h *FS) openTree(ctx context.Context, folder string) (*tree, error) {
	id, err := h.helpers.FolderContainer(ctx, folder)
	if err != nil {
		return nil, agent.Reason(err)
	}
	t := &tree{fs: h, folder: folder, started: make(chan struct{}), agent: h.helpers.Running(id)}
	h.later.Add(1)
	guard.Go(func() {
		defer h.later.Done()
		defer close(t.started)
		// After ctx has ended, undoing what was begun may need the agent.
		long, cancel := session.Outlive(ctx)
		defer cancel()
		if p := guard.Call(func() { t.failed = agent.Fault(long, t.agent.Start(long)) }); p != nil {
			t.failed = core.Errorf(core.KindInternalError, "%w", p)
		}
	}, nil)
	return t, nil
}

// client waits for the agent.
func (t *tree) client(ctx context.Context) (*protocol.Client, error) {
	select {
	case <-t.started:
		return t.agent.Client, t.failed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// lost reports that the agent cannot be asked any more.
func (t *tree) lost() bool {
	select {
	case <-t.started:
		return t.failed != nil || !t.agent.Alive()
	default:
		return false
	}
}

// cut ends the calls that wait for the agent.
func (t *tree) cut() {
	select {
	case <-t.started:
		t.agent.Cut()
	default: // the start ends with the operation's context
	}
}

// end removes the tree's containers. If a large file did not arrive, the agent's container is
// last: it removes incomplete files.
func (t *tree) end(ctx context.Context) error {
	<-t.started
	t.bulk.Lock()
	defer t.bulk.Unlock()
	removed := make(chan error, 1)
	removeBulk := func() {
		var err error
		if t.bulkID != "" {
			err = t.fs.helpers.Remove(ctx, t.bulkID)
		}
		removed <- err
	}
	if t.putFailed.Load() {
		removeBulk()
	} else {
		guard.Go(removeBulk, func(p *guard.Panic) { removed <- p })
	}
	return errors.Join(t.agent.End(ctx), <-removed)
}
