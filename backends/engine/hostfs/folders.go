package hostfs

import (
	"context"
	"path"
	"slices"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// folder has the tree of a folder, which the callers of Tree share.
type folder struct {
	opening chan struct{} // has one place: for the caller that opens or replaces the tree
	tree    *tree         // nil if there is none; guarded by FS.mu
}

// Tree implements hostfiles.FileSystem. One agent serves the folder for the whole
// operation; a new one replaces one whose connection is lost.
func (h *FS) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	if err := h.awaitLost(ctx); err != nil {
		return nil, err
	}
	f := h.folder(path.Clean(root))
	select {
	case f.opening <- struct{}{}:
		defer func() { <-f.opening }()
	case <-ctx.Done():
		return nil, core.ContextError(ctx, "")
	}
	old := h.treeOf(f)
	if old != nil && !old.lost() {
		return old, nil
	}
	if old != nil {
		// It must not remove what the new one will use.
		if err := old.end(ctx); err != nil {
			return nil, agent.Fault(ctx, err)
		}
		h.setTree(f, nil)
	}
	t, err := h.openTree(ctx, path.Clean(root))
	if err != nil {
		return nil, agent.Fault(ctx, err)
	}
	t.noBulk = old != nil
	h.setTree(f, t)
	return t, nil
}

func (h *FS) folder(root string) *folder {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.folders[root]
	if f == nil {
		f = &folder{opening: make(chan struct{}, 1)}
		h.folders[root] = f
	}
	return f
}

func (h *FS) treeOf(f *folder) *tree {
	h.mu.Lock()
	defer h.mu.Unlock()
	return f.tree
}

func (h *FS) setTree(f *folder, t *tree) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.tree = t
}

// Expect implements hostfiles.Expecter: the folder usually exists. Its agent starts while
// the name in it is being looked up.
func (h *FS) Expect(ctx context.Context, folder string) {
	if folder == "/" {
		return // an agent for the whole host, useless if the file goes into /tmp
	}
	h.mu.Lock()
	h.expected = folder
	h.mu.Unlock()
	h.expecting.Add(1)
	guard.Go(func() {
		defer h.expecting.Done()
		_, _ = h.Tree(ctx, folder) // the caller's Tree reports the error
	}, nil)
}

func (h *FS) expects(folder string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.expected == folder
}

// trees returns those that are open.
func (h *FS) trees() (open []*tree) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.folders {
		if f.tree != nil {
			open = append(open, f.tree)
		}
	}
	return open
}

// awaitLost waits until the engine answers again if a connection to it was lost.
func (h *FS) awaitLost(ctx context.Context) error {
	if !slices.ContainsFunc(h.trees(), (*tree).lost) {
		return nil
	}
	return agent.Fault(ctx, h.session.AwaitEngine(ctx))
}
