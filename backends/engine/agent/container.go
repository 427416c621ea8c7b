package agent

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/strslice"

	"github.com/proboscis/ml_nexus_go/backends/engine/containerinfo"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
)

// Bind mounts a folder or file of the host in a helper container. A missing path is an
// error of the creation, before anything was made.
func Bind(source, target string) mount.Mount {
	return mount.Mount{Type: mount.TypeBind, Source: source, Target: target}
}

// BindReadOnly is a Bind that leaves out what is mounted below, and cannot be written through.
func BindReadOnly(source, target string) mount.Mount {
	m := Bind(source, target)
	m.ReadOnly, m.BindOptions = true, &mount.BindOptions{NonRecursive: true}
	return m
}

// FileContainer makes a helper container for files of the host.
func (h *Helpers) FileContainer(ctx context.Context, command []string, mounts ...mount.Mount) (id string, err error) {
	// To act on the host's files as its root does.
	return h.Container(ctx, command, container.HostConfig{
		Mounts: mounts, CapAdd: strslice.StrSlice{"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"},
	})
}

// Container makes a helper container from the agent's image, for root. It can do only what
// the given limits allow, and reap finds it if this client is killed.
func (h *Helpers) Container(ctx context.Context, command []string, limits container.HostConfig) (id string, err error) {
	limits.NetworkMode, limits.UsernsMode = "none", "host"
	limits.SecurityOpt = append([]string{"label=disable"}, limits.SecurityOpt...)
	return h.make(ctx, &container.Config{User: "0:0", Cmd: command, NetworkDisabled: true}, &limits)
}

// nobody has no rights anywhere.
const nobody = "65534:65534"

// NetworkContainer makes a helper container in the network of another container, and in its
// user namespace. It has no rights and no files but its own program.
func (h *Helpers) NetworkContainer(ctx context.Context, command []string, of string, users container.UsernsMode) (id string, err error) {
	return h.make(ctx, &container.Config{User: nobody, Cmd: command}, &container.HostConfig{
		NetworkMode: container.NetworkMode("container:" + of), UsernsMode: users,
	})
}

// make makes a container whose end removes it; none has a log, or may gain rights.
func (h *Helpers) make(ctx context.Context, config *container.Config, limits *container.HostConfig) (id string, err error) {
	ref, _, err := h.Prepare(ctx)
	if err != nil {
		return "", err
	}
	config.Entrypoint, config.Labels = strslice.StrSlice{Program}, h.containers.Labels()
	config.OpenStdin, config.StdinOnce = true, true
	config.AttachStdin, config.AttachStdout, config.AttachStderr = true, true, true
	limits.AutoRemove, limits.ReadonlyRootfs = true, true
	limits.LogConfig = container.LogConfig{Type: "none"}
	limits.CapDrop = strslice.StrSlice{"ALL"}
	limits.SecurityOpt = append([]string{"no-new-privileges"}, limits.SecurityOpt...)
	var gone error
	const attempts = 5 // another client may remove the image meanwhile
	for range attempts {
		imports := h.imports.Load()
		if config.Image, err = h.imageID(ctx, ref); err != nil {
			return "", err
		}
		if config.Image != "" {
			id, err := h.create(ctx, config, limits)
			if err == nil || !imageIsGone(err) || ctx.Err() != nil {
				return id, err
			}
			h.forgetImage(config.Image)
			gone = err
		}
		if err := h.importImage(ctx, ref, imports); err != nil {
			if !imageIsGone(err) || ctx.Err() != nil {
				return "", err
			}
			gone = err
		}
	}
	if gone != nil {
		return "", gone
	}
	return "", otherImage(ref)
}

// imageIsGone reports whether an image could not be used or imported because it or its layer
// was removed: containerd may collect a layer while the image is being imported.
func imageIsGone(err error) bool {
	return cerrdefs.IsNotFound(err) || session.LeaseLost(err.Error()) || lostLayer.MatchString(err.Error())
}

var lostLayer = regexp.MustCompile(`snapshot \S+ does not exist`)

func (h *Helpers) create(ctx context.Context, config *container.Config, limits *container.HostConfig) (id string, err error) {
	long, cancel := session.Outlive(ctx)
	defer cancel()
	made, err := h.session.API.ContainerCreate(long, config, limits, nil, nil, "")
	if err != nil && (session.AnswerLost(err) || long.Err() != nil) {
		// Whatever was made is nobody's, and would stay until this program has ended.
		h.session.UndoCreation(func(ctx context.Context) (bool, error) { return h.containers.RemoveLabelled(ctx, config.Labels) })
	}
	return made.ID, err
}

// Remove removes a helper container, whatever its state. The error names it. An engine that is
// slower than the caller waits does it later: what the container was for is done, and has no
// time limit of its own.
func (h *Helpers) Remove(ctx context.Context, id string) error {
	err := h.containers.Remove(ctx, id)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		h.session.CleanUpLater(func(ctx context.Context) error { return h.containers.Remove(ctx, id) })
		return nil
	}
	if err != nil {
		return fmt.Errorf("helper container %s stays on the engine: %w", containerinfo.ShortID(id), err)
	}
	return nil
}
