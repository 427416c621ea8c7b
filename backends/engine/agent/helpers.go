// Package agent runs the agent, a static program, in helper containers: with a folder of the
// engine's host, for files there, or with the processes or the network of another container.
// It brings the program to the engine as an image, and removes that with the client.
//
// It does not know what the agent is used for. It imports core, the engine's session, the
// streams of containers and the description of images; its protocols are in rooms below it.
package agent

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Containers are the operations that helper containers need.
type Containers interface {
	// Labels returns the labels of a new helper container, by which reap finds it if this
	// client is killed.
	Labels() map[string]string
	// Start starts a created container, and awaits the outcome even if ctx ends.
	Start(ctx context.Context, id string) error
	// Remove removes a container in any state, although ctx may have ended. It may be gone.
	Remove(ctx context.Context, id string) error
	// RemoveLabelled removes the container that was created with these labels and was not started,
	// and reports whether there was one.
	RemoveLabelled(ctx context.Context, labels map[string]string) (found bool, err error)
}

// Helpers makes the helper containers of one client.
type Helpers struct {
	session    *session.Session
	containers Containers

	mu       sync.Mutex
	ref      string        // of the agent's image; "" if not known yet
	layer    digest.Digest // of that image: what is in it
	image    string        // its ID on the engine; "" if that must be looked up
	arch     string
	rootless bool
	remapped bool   // containers have other user IDs than the agent
	dataRoot string // "" if not known yet
	users    int    // operations that use helper containers

	importing sync.Mutex
	imports   atomic.Int64 // so far
}

// New makes the helpers of a session. It uses no network.
func New(s *session.Session, containers Containers) *Helpers {
	return &Helpers{session: s, containers: containers}
}

// Begin says that an operation uses helper containers, until End.
func (h *Helpers) Begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users++
}

// End removes the agent's image after the last operation of a closed client.
func (h *Helpers) End(ctx context.Context) {
	h.mu.Lock()
	h.users--
	last := h.users == 0 && h.session.IsClosed()
	h.mu.Unlock()
	if last {
		_ = h.RemoveImages(ctx)
	}
}

// Close removes the agent's image of a client that is being closed, if no operation is
// left to do it.
func (h *Helpers) Close() {
	h.mu.Lock()
	used := h.ref != "" && h.users == 0
	h.mu.Unlock()
	if !used {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), session.CleanupTime/2)
	defer cancel()
	_ = h.RemoveImages(ctx)
}

// Usable reports whether agents run on the engine's host, and see the owners of files as
// containers do.
func (h *Helpers) Usable(ctx context.Context) (bool, error) {
	_, _, err := h.Prepare(ctx)
	if core.KindOf(err) == core.KindEngineError {
		return false, nil // it is for another system or processor
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return err == nil && !h.remapped, err
}

// DataRoot returns the folder of the host where the engine keeps its data. It asks once.
func (h *Helpers) DataRoot(ctx context.Context) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dataRoot == "" {
		info, err := h.session.Info(ctx)
		if err != nil {
			return "", err
		}
		h.dataRoot = info.DockerRootDir
	}
	return h.dataRoot, nil
}
