package engine

import (
	"context"
	"errors"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/hostagent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// hostSession is the host's file system for one operation: hostfiles.FileSystem by
// helper containers. Each agent has the one folder that the operation is about.
type hostSession struct {
	engine *Engine
	// doomed is the path that the operation deletes; see Mounts.
	doomed string

	mu     sync.Mutex
	agents map[string]*runningAgent // by folder
	errs   []error
	later  sync.WaitGroup
	stop   func() bool
}

var _ hostfiles.FileSystem = (*hostSession)(nil)

// openHostSession begins an operation. When ctx ends, what uses the line is given time
// to clean up, then the line is cut.
func (e *Engine) openHostSession(ctx context.Context) *hostSession {
	s := &hostSession{engine: e, agents: map[string]*runningAgent{}}
	e.host.mu.Lock()
	e.host.sessions++
	e.host.mu.Unlock()
	s.stop = context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(cleanupTime, s.cut)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stop = timer.Stop
	})
	return s
}

func (s *hostSession) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.agents {
		a.stream.Close()
	}
}

// close removes every container of the session. The error says what stays.
func (s *hostSession) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*cleanupTime)
	defer cancel()
	s.mu.Lock()
	var agents []*runningAgent
	for _, a := range s.agents {
		agents = append(agents, a)
	}
	s.mu.Unlock()
	for _, a := range agents {
		s.inBackground(func() error { return a.end(ctx, s.engine) })
	}
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
	guard.Go(func() {
		defer s.later.Done()
		if err := do(); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.errs = append(s.errs, err)
		}
	}, nil)
}

// removeLater removes a helper container while the operation goes on.
func (s *hostSession) removeLater(ctx context.Context, id string) {
	s.inBackground(func() error { return s.engine.removeHelper(ctx, id) })
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
func (s *hostSession) Stat(ctx context.Context, path string) (hostfiles.Entry, error) {
	stat, err := s.look(ctx, path, nil)
	return entryOfStat(stat), hostFault(ctx, err)
}

// MkdirAll implements hostfiles.FileSystem.
func (s *hostSession) MkdirAll(ctx context.Context, full string) error {
	return hostFault(ctx, s.makeFolders(ctx, path.Clean(full)))
}

// Mounts implements hostfiles.FileSystem: those that are in the folder of what is to be
// deleted, as its agent sees them.
func (s *hostSession) Mounts(ctx context.Context) ([]string, error) {
	if s.doomed == "" {
		return nil, nil
	}
	folder := path.Dir(path.Clean(s.doomed))
	tree, err := s.Tree(ctx, folder)
	if err != nil {
		return nil, nil // there is nothing to be deleted
	}
	inside, err := tree.(*hostagent.Client).Mounts(ctx)
	var mounts []string
	for _, m := range inside {
		if rest, ok := strings.CutPrefix(m, hostFolder+"/"); ok {
			mounts = append(mounts, path.Join(folder, rest))
		}
	}
	return mounts, err
}

// Tree implements hostfiles.FileSystem. One agent serves the folder for the whole
// operation; a new one takes the place of one whose line is lost.
func (s *hostSession) Tree(ctx context.Context, root string) (hostfiles.Tree, error) {
	root = path.Clean(root)
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.agents[root]; a != nil {
		if a.alive() {
			return a.Client, nil
		}
		// It must not remove what the new one goes on with.
		if err := s.engine.removeHelper(ctx, a.id); err != nil {
			return nil, hostFault(ctx, err)
		}
		delete(s.agents, root)
		a.stream.Close()
	}
	a, err := s.engine.startAgent(ctx, root)
	if err != nil {
		return nil, hostFault(ctx, err)
	}
	s.agents[root] = a
	return a.Client, nil
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
