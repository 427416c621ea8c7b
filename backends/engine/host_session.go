package engine

import (
	"context"
	"errors"
	"path"
	"sync"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// hostSession is the host's file system for one operation: hostfiles.FileSystem by
// helper containers. Each agent has the one folder that the operation is about.
type hostSession struct {
	engine *Engine

	mu    sync.Mutex
	trees map[string]*hostTree // by folder
	// spares are containers that have a path mounted and are not needed any more.
	spares map[string]string
	errs   []error
	later  sync.WaitGroup
	stop   func() bool

	expected  string // the folder that a file is to come into
	expecting sync.WaitGroup
}

var _ hostfiles.FileSystem = (*hostSession)(nil)

// openHostSession begins an operation. When ctx ends, what uses the line is given time
// to clean up, then the line is cut.
func (e *Engine) openHostSession(ctx context.Context) *hostSession {
	s := &hostSession{engine: e, trees: map[string]*hostTree{}, spares: map[string]string{}}
	e.host.mu.Lock()
	e.host.sessions++
	e.host.mu.Unlock()
	s.stop = guard.OnDone(ctx, func() {
		timer := guard.AfterFunc(cleanupTime, s.cut)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stop = timer.Stop
	})
	return s
}

func (s *hostSession) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.trees {
		t.cut()
	}
}

// close removes every container of the session. The error says what stays.
func (s *hostSession) close(ctx context.Context) error {
	s.expecting.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*cleanupTime)
	defer cancel()
	s.mu.Lock()
	for _, id := range s.spares {
		s.later.Add(1)
		s.finish(func() error { return s.engine.removeHelper(ctx, id) })
	}
	for _, t := range s.trees {
		s.later.Add(1)
		s.finish(func() error { return t.end(ctx) })
	}
	s.mu.Unlock()
	s.later.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	s.engine.endHostSession(ctx)
	return errors.Join(s.errs...)
}

// endHostSession removes the agent's image after the last session of a closed client.
func (e *Engine) endHostSession(ctx context.Context) {
	e.host.mu.Lock()
	e.host.sessions--
	last := e.host.sessions == 0 && e.closed.Err() != nil
	e.host.mu.Unlock()
	if last {
		_ = e.removeHostImages(ctx)
	}
}

func (s *hostSession) inBackground(do func() error) {
	s.later.Add(1)
	s.finish(do)
}

// finish does something that s.later knows of.
func (s *hostSession) finish(do func() error) {
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

// removeLater removes a helper container while the operation goes on.
func (s *hostSession) removeLater(ctx context.Context, id string) {
	s.inBackground(func() error { return s.engine.removeHelper(ctx, id) })
}

// awaitLost waits until the engine answers again where a line to it was lost.
func (s *hostSession) awaitLost(ctx context.Context) error {
	s.mu.Lock()
	lost := false
	for _, t := range s.trees {
		lost = lost || t.lost()
	}
	s.mu.Unlock()
	if !lost {
		return nil
	}
	return hostFault(ctx, s.engine.awaitEngine(ctx))
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
	if path.Dir(full) == s.expected {
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
	s.expected = folder
	s.expecting.Add(1)
	guard.Go(func() {
		defer s.expecting.Done()
		_, _ = s.Tree(ctx, folder) // the caller's Tree tells what is wrong
	}, nil)
}

// MkdirAll implements hostfiles.FileSystem.
func (s *hostSession) MkdirAll(ctx context.Context, full string) error {
	return hostFault(ctx, s.makeFolders(ctx, path.Clean(full)))
}

// Tree implements hostfiles.FileSystem. One agent serves the folder for the whole
// operation; a new one takes the place of one whose line is lost.
func (s *hostSession) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	if err := s.awaitLost(ctx); err != nil {
		return nil, err
	}
	root = path.Clean(root)
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.trees[root]
	if old != nil && !old.lost() {
		return old, nil
	}
	if old != nil {
		// It must not remove what the new one goes on with.
		if err := old.end(ctx); err != nil {
			return nil, hostFault(ctx, err)
		}
		delete(s.trees, root)
	}
	t, err := s.openTree(ctx, root)
	if err != nil {
		return nil, hostFault(ctx, err)
	}
	t.noBulk = old != nil
	s.trees[root] = t
	return t, nil
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
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime/2)
	defer cancel()
	_ = e.removeHostImages(ctx)
}
