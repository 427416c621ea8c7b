package hostfs

import (
	"context"
	"errors"
	"sync"

	"github.com/docker/docker/api/types/mount"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Host makes helper containers on the host. agent.Helpers is one.
type Host interface {
	Begin()
	End(ctx context.Context)
	Prepare(ctx context.Context) (ref string, rootless bool, err error)
	FileContainer(ctx context.Context, command []string, mounts ...mount.Mount) (id string, err error)
	FolderContainer(ctx context.Context, folder string) (id string, err error)
	Running(id string) *agent.Running
	Remove(ctx context.Context, id string) error
}

var _ Host = (*agent.Helpers)(nil)

// FS is the host's file system for one operation: hostfiles.FileSystem through helper
// containers. Each agent has one folder that the operation is about. Make it with Open.
type FS struct {
	session *session.Session
	helpers Host
	stop    func() // ends the watch on the operation's context

	mu      sync.Mutex // not held during a request
	folders map[string]*folder
	// spares are containers that have a path mounted and are no longer needed.
	spares   map[string]string
	errs     []error
	expected string // the folder that a file will go into

	later     sync.WaitGroup
	expecting sync.WaitGroup
}

var _ hostfiles.FileSystem = (*FS)(nil)

// Open begins an operation, which ends with Close. When ctx ends, users of a connection get
// time to clean up, then the connection is cut.
func Open(ctx context.Context, s *session.Session, helpers Host) *FS {
	h := &FS{session: s, helpers: helpers, folders: map[string]*folder{}, spares: map[string]string{}}
	helpers.Begin()
	long, cancel := session.Outlive(ctx)
	watching := guard.OnDone(long, h.cut)
	h.stop = func() { watching(); cancel() }
	return h
}

func (h *FS) cut() {
	for _, t := range h.trees() {
		t.cut()
	}
}

// Close removes every helper container. The error says what stays. Nothing else may use the
// file system any more.
func (h *FS) Close(ctx context.Context) error {
	h.expecting.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*session.CleanupTime)
	defer cancel()
	for _, id := range h.takeSpares() {
		h.removeLater(ctx, id)
	}
	for _, t := range h.trees() {
		h.inBackground(func() error { return t.end(ctx) })
	}
	h.later.Wait()
	h.stop()
	h.helpers.End(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	return errors.Join(h.errs...)
}

// inBackground does something that Close waits for.
func (h *FS) inBackground(do func() error) {
	h.later.Add(1)
	guard.Go(func() {
		defer h.later.Done()
		if err := do(); err != nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.errs = append(h.errs, err)
		}
	}, nil)
}

// spare keeps the last container with a path mounted, for a tree of that path.
func (h *FS) spare(ctx context.Context, path, id string) {
	h.mu.Lock()
	old := h.spares[path]
	h.spares[path] = id
	h.mu.Unlock()
	if old != "" {
		h.removeLater(ctx, old)
	}
}

func (h *FS) takeSpare(path string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := h.spares[path]
	delete(h.spares, path)
	return id
}

func (h *FS) takeSpares() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.spares
	h.spares = map[string]string{}
	return all
}

// removeLater removes a helper container while the operation continues.
func (h *FS) removeLater(ctx context.Context, id string) {
	h.inBackground(func() error { return h.helpers.Remove(ctx, id) })
}

// Features implements hostfiles.FileSystem.
func (h *FS) Features(ctx context.Context) (hostfiles.Features, error) {
	_, rootless, err := h.helpers.Prepare(ctx)
	return hostfiles.Features{Way: "engine", Concurrency: agent.Concurrency, Owner: !rootless, SymlinkTimes: true}, agent.Fault(ctx, err)
}
