package containerfs

import (
	"context"
	"fmt"
	"strings"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/strslice"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// entrance is how an agent gets to files of a container.
type entrance struct {
	root   string // the container's root folder in the agent's own container
	limits container.HostConfig
	within string // the only folder that it sees as the container does; "" for all
}

// insideContainer works on the files of a running container as its processes see them. An
// agent in a helper container that shares its processes reaches them through /proc, so that
// the container needs no shell and no tar.
func (f *Files) insideContainer(ctx context.Context, info container.InspectResponse, do func(files *insideFS) error) error {
	root, err := rootInside(info)
	if err != nil {
		return err
	}
	return f.enter(ctx, byProcesses(info, root), do)
}

// noGrace has an agent whose connection is lost remove incomplete files at once: here, the next
// attempt begins anew.
const noGrace = "0"

// enter works on files of a container by an agent.
func (f *Files) enter(ctx context.Context, way entrance, do func(files *insideFS) error) error {
	f.helpers.Begin()
	defer func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), session.CleanupTime)
		defer cancel()
		f.helpers.End(late)
	}()
	place, err := f.session.EnterStart(ctx)
	if err != nil {
		return err
	}
	defer place.Leave()
	id, err := f.helpers.Container(ctx, []string{way.root, noGrace}, way.limits)
	if err != nil {
		return err
	}
	inside := f.helpers.Running(id)
	err = inside.Start(ctx)
	place.Leave() // what is done with files may take long, or wait for another agent
	if cerrdefs.IsNotFound(err) && strings.Contains(err.Error(), id) {
		// It ended with its connection, and the engine removed its container.
		err = core.Errorf(core.KindConnectionLost, "the connection to the agent was lost before it answered: %w", err)
	}
	if agent.IsErrno(err) {
		err = core.Errorf(core.KindEngineError, "the files of the container cannot be reached through its processes: %w", err)
	}
	if err == nil {
		err = do(&insideFS{tree: inside.Client, within: way.within})
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*session.CleanupTime)
	defer cancel()
	if stays := inside.End(late); err == nil && stays != nil {
		err = stays
	}
	return agent.Fault(ctx, err)
}

// Inside is insideContainer for other rooms.
func (f *Files) Inside(ctx context.Context, info container.InspectResponse, do func(files hostfiles.FileSystem) error) error {
	return f.insideContainer(ctx, info, func(files *insideFS) error { return do(files) })
}

// Reachable reports whether Inside can reach a container's files through its processes.
func Reachable(info container.InspectResponse) bool {
	_, err := rootInside(info)
	return err == nil && info.State != nil && info.State.Running && !info.State.Restarting
}

// rootInside returns the path of the container's root folder for a helper that shares its
// processes.
func rootInside(info container.InspectResponse) (string, error) {
	mode := info.HostConfig.PidMode
	switch {
	case mode.IsContainer():
		return "", core.Errorf(core.KindConflict,
			"the container shares the processes of another (--pid), so that its tmpfs cannot be reached from outside: copy to a folder that is none, or mount a volume there")
	case mode.IsHost():
		return fmt.Sprintf("/proc/%d/root", info.State.Pid), nil
	}
	return "/proc/1/root", nil
}

func byProcesses(info container.InspectResponse, root string) entrance {
	return entrance{root: root, limits: container.HostConfig{
		PidMode: container.PidMode("container:" + info.ID),
		// The kernel requires the last one for /proc/1/root.
		CapAdd:      strslice.StrSlice{"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SYS_PTRACE"},
		SecurityOpt: []string{"apparmor=unconfined"}, // otherwise it may not inspect processes of other profiles
	}}
}

// insideFault returns the typed error of a file operation in a container.
func insideFault(inside string, err error) error {
	switch {
	case err == nil || core.KindOf(err) != "":
		return err
	case fileerr.IsAbsent(err):
		return core.Errorf(core.KindPathNotFound, "there is no %s in the container", inside).With("path", inside)
	case err == syscall.ENOTDIR:
		return core.Errorf(core.KindConflict, "%s is not a folder in the container", inside).With("path", inside)
	}
	return fileerr.At(inside, err)
}
