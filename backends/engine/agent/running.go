package agent

import (
	"context"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/protocol"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// Concurrency is how many concurrent requests to one agent pay off.
const Concurrency = 16

// Running is the agent in a helper container, for one folder.
type Running struct {
	*protocol.Client // nil until it has started
	// ID is that of the container.
	ID string
	// Stream leads to the container. The agent ends with it.
	Stream io.Closer

	helpers *Helpers
}

// FolderContainer makes the container of an agent for a folder of the host. The agent
// ends by itself when the connection is lost, and the engine removes its container then.
func (h *Helpers) FolderContainer(ctx context.Context, folder string) (id string, err error) {
	return h.FileContainer(ctx, []string{Folder, h.Grace()}, Bind(folder, Folder))
}

// Grace returns the agent's argument that says how many seconds it keeps incomplete files for
// a client whose connection is lost.
func (h *Helpers) Grace() string {
	return strconv.Itoa(int(h.session.ReconnectTime() / time.Second))
}

// Running returns the agent of a container, which has not started yet.
func (h *Helpers) Running(id string) *Running { return &Running{helpers: h, ID: id} }

// Start starts the agent. If that fails, End still removes its container.
func (r *Running) Start(ctx context.Context) error {
	err := r.connect(ctx)
	if err != nil {
		r.Cut()
	}
	return err
}

func (r *Running) connect(ctx context.Context) error {
	stream, err := r.helpers.Attach(ctx, r.ID)
	if err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "not a directory") {
		return syscall.ENOTDIR // what was mounted is a file
	}
	if err != nil {
		return err
	}
	r.Stream = stream
	r.Client = protocol.NewClient(stream, stream)
	if err := r.Ready(ctx); err != nil {
		if said := stream.Said(); said != "" && ctx.Err() == nil {
			return core.Errorf(core.KindEngineError, "the agent on the engine's host does not start: %s", said)
		}
		return err
	}
	return nil
}

// Alive reports whether the agent that has started can still be asked.
func (r *Running) Alive() bool {
	select {
	case <-r.Done():
		return false
	default:
		return true
	}
}

// Cut ends the connection to the agent, and with it the calls that wait for an answer.
func (r *Running) Cut() {
	if r.Stream != nil {
		_ = r.Stream.Close()
	}
}

// End lets the agent remove incomplete files, and removes its container.
func (r *Running) End(ctx context.Context) error {
	if r.Client != nil {
		r.Bye()
		timer := time.NewTimer(session.CleanupTime)
		defer timer.Stop()
		select {
		case <-r.Done():
		case <-timer.C:
		}
		r.Cut()
	}
	return r.helpers.Remove(ctx, r.ID)
}
