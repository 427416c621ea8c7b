package forward

import (
	"context"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
)

// target is a container that runs, as it is since its last start.
type target struct {
	id      string
	started string
	users   container.UsernsMode
	// addresses are where its own network may be reached from the engine's host.
	addresses []string
}

// inspect looks at the container. Its name stands for the container that had it at first.
func (f *forwarding) inspect(ctx context.Context, name string) (t target, err error) {
	var info container.InspectResponse
	err = f.ports.session.Retry(ctx, func(ctx context.Context) (err error) {
		info, err = f.ports.session.API.ContainerInspect(ctx, name)
		return err
	})
	switch {
	case err != nil:
		return t, session.Translate(ctx, err)
	case info.ContainerJSONBase == nil || info.State == nil || info.HostConfig == nil:
		return t, core.Errorf(core.KindEngineError, "the engine's description of container %s has no state", f.req.Container)
	case name == f.req.Container && !containerinfo.NamedExactly(name, info.Name, info.ID):
		return t, core.Errorf(core.KindContainerNotFound, "there is no container %s", name)
	case !info.State.Running || info.State.Restarting:
		return t, core.Errorf(core.KindContainerNotRunning, "container %s does not run (it is %s): start it first", f.req.Container, info.State.Status)
	}
	t = target{id: info.ID, started: info.State.StartedAt, users: info.HostConfig.UsernsMode, addresses: addresses(info)}
	host, err := f.onHostNetwork(ctx, info)
	if err == nil && host && !f.req.HostNetwork {
		err = core.Errorf(core.KindInvalidArgument,
			"container %s has the host's network: its ports are the host's, which can be forwarded only if host_network is set", f.req.Container)
	}
	return t, err
}

// maxShared bounds how many containers share a network one through the other.
const maxShared = 16

// onHostNetwork reports whether a container has the host's network, also through others whose
// network it shares.
func (f *forwarding) onHostNetwork(ctx context.Context, info container.InspectResponse) (bool, error) {
	mode := info.HostConfig.NetworkMode
	for range maxShared {
		if !mode.IsContainer() {
			return mode.IsHost(), nil
		}
		var next container.InspectResponse
		err := f.ports.session.Retry(ctx, func(ctx context.Context) (err error) {
			next, err = f.ports.session.API.ContainerInspect(ctx, mode.ConnectedContainer())
			return err
		})
		if err != nil {
			return false, core.Errorf(core.KindConflict, "whose network container %s has is not known: %w", f.req.Container, err)
		}
		mode = next.HostConfig.NetworkMode
	}
	return false, core.Errorf(core.KindConflict, "container %s has its network through too many others", f.req.Container)
}
