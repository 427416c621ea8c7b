package engine

import (
	"context"
	"errors"
	"path"
	"slices"
	"sync"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// hostSession is the host's file system for one operation: hostfiles.FileSystem by
// helper containers. Each agent has the one folder that the operation is about.
type hostSession struct {
	engine *Engine
	stop   func() // ends the watch on the operation's context

	mu      sync.Mutex // not held during a request
	folders map[string]*hostFolderTree
	// spares are containers that have a path mounted and are not needed any more.
	spares   map[string]string
	errs     []error
	expected string // the folder that a file is to come into

	later     sync.WaitGroup
	expecting sync.WaitGroup
}

// hostFolderTree is the tree of a folder, which the callers of Tree share.
type hostFolderTree struct {
	opening chan struct{} // has one place: for the caller who opens or replaces the tree
	tree    *hostTree     // nil where there is none; guarded by the session's mu
}

var _ hostfiles.FileSystem = (*hostSession)(nil)

// openHostSession begins an operation. When ctx ends, what uses a connection is given time
// to clean up, then the connection is cut.
func (e *Engine) openHostSession(ctx context.Context) *hostSession {
	s := &hostSession{engine: e, folders: map[string]*hostFolderTree{}, spares: map[string]string{}}
	e.host.mu.Lock()
	e.host.sessions++
	e.host.mu.Unlock()
	long, cancel := session.Outlive(ctx)
	watching := guard.OnDone(long, s.cut)
	s.stop = func() { watching(); cancel() }
	return s
}

func (s *hostSession) cut() {
	for _, t := range s.trees() {
		t.cut()
	}
}

// trees are those that are open.
func (s *hostSession) trees() (open []*hostTree) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.folders {
		if f.tree != nil {
			open = append(open, f.tree)
		}
	}
	return open
}

// close removes every container of the session. The error says what stays. Nothing else
// uses the session any more.
func (s *hostSession) close(ctx context.Context) error {
	s.expecting.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*session.CleanupTime)
	defer cancel()
	for _, id := range s.takeSpares() {
		s.removeLater(ctx, id)
	}
	for _, t := range s.trees() {
		s.inBackground(func() error { return t.end(ctx) })
	}
	s.later.Wait()
	s.stop()
	s.engine.endHostSession(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.errs...)
}

// endHostSession removes the agent's image after the last session of a closed client.
func (e *Engine) endHostSession(ctx context.Context) {
	e.host.mu.Lock()
	e.host.sessions--
	last := e.host.sessions == 0 && e.session.IsClosed()
	e.host.mu.Unlock()
	if last {
		_ = e.removeHostImages(ctx)
	}
}

// inBackground does something that close waits for.
func (s *hostSession) inBackground(do func() error) {
	s.later.Add(1)
	guard.Go(func() {
		defer s.later.Done()
		if err := do(); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.errs = append(s.errs, err)
		}
	}, nil)
}

// spare keeps the last container with a path mounted, for a tree of that path.
func (s *hostSession) spare(ctx context.Context, path, id string) {
	s.mu.Lock()
	old := s.spares[path]
	s.spares[path] = id
	s.mu.Unlock()
	if old != "" {
		s.removeLater(ctx, old)
	}
}

func (s *hostSession) takeSpare(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.spares[path]
	delete(s.spares, path)
	return id
}

func (s *hostSession) takeSpares() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.spares
	s.spares = map[string]string{}
	return all
}

// removeLater removes a helper container while the operation goes on.
func (s *hostSession) removeLater(ctx context.Context, id string) {
	s.inBackground(func() error { return s.engine.removeHelper(ctx, id) })
}

// awaitLost waits until the engine answers again where a connection to it was lost.
func (s *hostSession) awaitLost(ctx context.Context) error {
	if !slices.ContainsFunc(s.trees(), (*hostTree).lost) {
		return nil
	}
	return hostFault(ctx, s.engine.session.AwaitEngine(ctx))
}

// Features implements hostfiles.FileSystem.
func (s *hostSession) Features(ctx context.Context) (hostfiles.Features, error) {
	_, rootless, err := s.engine.prepareHost(ctx)
	return hostfiles.Features{Way: "engine", Width: hostWidth, Owner: !rootless, SymlinkTimes: true}, hostFault(ctx, err)
}

// hostWidth is how many requests to an agent are under way.
const hostWidth = 16

// Resolve implements hostfiles.FileSystem.
func (s *hostSession) Resolve(ctx context.Context, path string) (string, error) {
	real, err := s.resolve(ctx, path)
	return real, hostFault(ctx, err)
}

// Stat implements hostfiles.FileSystem.
func (s *hostSession) Stat(ctx context.Context, full string) (hostfiles.Entry, error) {
	if err := s.awaitLost(ctx); err != nil {
		return hostfiles.Entry{}, err
	}
	var stat container.PathStat
	var err error
	if s.expects(path.Dir(full)) {
		stat, err = s.lookFromAbove(ctx, full)
	} else {
		stat, err = s.look(ctx, full, nil)
	}
	return entryOfStat(stat), hostFault(ctx, err)
}

// Expect implements hostfiles.Expecter: the folder is there already, most often. Its agent
// is made beside the look at what it holds.
func (s *hostSession) Expect(ctx context.Context, folder string) {
	if folder == "/" {
		return // an agent with the whole host, in vain where the file goes into /tmp
	}
	s.mu.Lock()
	s.expected = folder
	s.mu.Unlock()
	s.expecting.Add(1)
	guard.Go(func() {
		defer s.expecting.Done()
		_, _ = s.Tree(ctx, folder) // the caller's Tree reports what is wrong
	}, nil)
}

func (s *hostSession) expects(folder string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expected == folder
}

// MkdirAll implements hostfiles.FileSystem.
func (s *hostSession) MkdirAll(ctx context.Context, full string) error {
	return hostFault(ctx, s.makeFolders(ctx, path.Clean(full)))
}

// Tree implements hostfiles.FileSystem. One agent serves the folder for the whole
// operation; a new one takes the place of one whose connection is lost.
func (s *hostSession) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	if err := s.awaitLost(ctx); err != nil {
		return nil, err
	}
	f := s.folder(path.Clean(root))
	select {
	case f.opening <- struct{}{}:
		defer func() { <-f.opening }()
	case <-ctx.Done():
		return nil, session.ContextError(ctx)
	}
	old := s.treeOf(f)
	if old != nil && !old.lost() {
		return old, nil
	}
	if old != nil {
		// It must not remove what the new one goes on with.
		if err := old.end(ctx); err != nil {
			return nil, hostFault(ctx, err)
		}
		s.setTree(f, nil)
	}
	t, err := s.openTree(ctx, path.Clean(root))
	if err != nil {
		return nil, hostFault(ctx, err)
	}
	t.noBulk = old != nil
	s.setTree(f, t)
	return t, nil
}

func (s *hostSession) folder(root string) *hostFolderTree {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.folders[root]
	if f == nil {
		f = &hostFolderTree{opening: make(chan struct{}, 1)}
		s.folders[root] = f
	}
	return f
}

func (s *hostSession) treeOf(f *hostFolderTree) *hostTree {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f.tree
}

func (s *hostSession) setTree(f *hostFolderTree, t *hostTree) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.tree = t
}

// forgetHost removes the agent's image of a client that is being closed, where no
// session is left to do it.
func (e *Engine) forgetHost() {
	e.host.mu.Lock()
	used := e.host.ref != "" && e.host.sessions == 0
	e.host.mu.Unlock()
	if !used {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), session.CleanupTime/2)
	defer cancel()
	_ = e.removeHostImages(ctx)
}
