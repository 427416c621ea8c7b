package localfs

import (
	"container/list"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// tree keeps the descriptors of recently used folders.
type tree struct {
	root *handle

	mu    sync.Mutex
	known map[string]*handle
	idle  list.List // of *handle, used last at the front
}

// handle is an open folder.
type handle struct {
	path  string
	fd    int
	users int
	place *list.Element // in idle
}

// maxIdle bounds the descriptors kept.
const maxIdle = 64

// use returns a folder's descriptor until leave.
func (t *tree) use(path string) (*handle, error) {
	if path == "" {
		return t.root, nil
	}
	if h := t.take(path); h != nil {
		return h, nil
	}
	above, name := hostfiles.Split(path)
	parent, err := t.use(above)
	if err != nil {
		return nil, err
	}
	defer t.leave(parent)
	fd, err := open(parent.fd, name, folderFlags, 0)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.known[path]; h != nil { // somebody was faster
		_ = unix.Close(fd)
		t.claim(h)
		return h, nil
	}
	h := &handle{path: path, fd: fd, users: 1}
	t.known[path] = h
	return h, nil
}

func (t *tree) take(path string) *handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.known[path]
	if h != nil {
		t.claim(h)
	}
	return h
}

// claim counts a user; t.mu is held.
func (t *tree) claim(h *handle) {
	h.users++
	if h.place != nil {
		t.idle.Remove(h.place)
		h.place = nil
	}
}

func (t *tree) leave(h *handle) {
	if h == t.root {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.users--; h.users > 0 {
		return
	}
	if t.known[h.path] != h { // forgotten meanwhile
		_ = unix.Close(h.fd)
		return
	}
	h.place = t.idle.PushFront(h)
	if t.idle.Len() > maxIdle {
		t.drop(t.idle.Back().Value.(*handle))
	}
}

// drop closes an idle handle; t.mu is held.
func (t *tree) drop(h *handle) {
	t.idle.Remove(h.place)
	delete(t.known, h.path)
	_ = unix.Close(h.fd)
}

// forget drops a folder that was removed: another may get its name.
func (t *tree) forget(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.known[path]
	switch {
	case h == nil:
	case h.place != nil:
		t.drop(h)
	default:
		delete(t.known, path) // its last user closes it
	}
}

// Close implements hostfiles.Tree.
func (t *tree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.idle.Len() > 0 {
		t.drop(t.idle.Back().Value.(*handle))
	}
	return unix.Close(t.root.fd)
}

// at returns the descriptor of a path's folder, and its name there.
func (t *tree) at(path string) (h *handle, name string, err error) {
	if path == "" {
		return t.root, ".", nil
	}
	if err := inside(path); err != nil {
		return nil, "", err
	}
	folder, name := hostfiles.Split(path)
	h, err = t.use(folder)
	return h, name, err
}

// inside refuses a path that may leave the tree, whoever made it.
func inside(path string) error {
	if !core.SafePath(path) {
		return core.Errorf(core.KindInternalError, "the path %q may lead out of its folder: nothing was done with it", path)
	}
	return nil
}
