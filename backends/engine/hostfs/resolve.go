package hostfs

import (
	"context"
	"crypto/rand"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/mount"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// Resolve implements hostfiles.FileSystem.
func (h *FS) Resolve(ctx context.Context, path string) (string, error) {
	real, err := h.resolve(ctx, path)
	return real, agent.Fault(ctx, err)
}

const randomName = 10

// resolve returns a path without symbolic links; the missing part is unchanged.
func (h *FS) resolve(ctx context.Context, full string) (string, error) {
	full = path.Clean(full)
	for range hostfiles.MaxLinks {
		link, next, err := h.firstLink(ctx, full)
		if err != nil || link == "" {
			return full, err
		}
		full = path.Join(next, strings.TrimPrefix(full, link))
	}
	return "", syscall.ELOOP
}

// firstLink finds the first symbolic link on a path, and where it leads.
func (h *FS) firstLink(ctx context.Context, full string) (link, next string, err error) {
	if h.bindsRecursively() {
		return h.firstLinkOneByOne(ctx, full)
	}
	id, a, err := h.mountAncestors(ctx, full)
	if err != nil {
		return "", "", err
	}
	defer h.removeLater(ctx, id)
	for i := range a.folders {
		link, next, more, err := h.linkIn(ctx, id, a, i, full)
		if !more {
			return link, next, err
		}
	}
	return "", "", nil
}

// firstLinkOneByOne does so with a container for each folder: one with several would have
// each folder again below the one that contains the engine's data, and so on.
func (h *FS) firstLinkOneByOne(ctx context.Context, full string) (link, next string, err error) {
	a := ancestorsOf(full)
	for i, folder := range a.folders {
		id, err := h.helpers.FileContainer(ctx, nil, agent.BindReadOnly(folder, a.place(i)))
		if err = agent.Reason(err); err == syscall.ENOENT || err == syscall.ENOTDIR {
			return "", "", nil // a missing name is not a link
		}
		if err != nil {
			return "", "", err
		}
		link, next, more, err := h.linkIn(ctx, id, a, i, full)
		h.removeLater(ctx, id)
		if !more {
			return link, next, err
		}
	}
	return "", "", nil
}

// linkIn stats the name that follows a folder on a path. more says that the name exists and
// is not a link.
func (h *FS) linkIn(ctx context.Context, id string, a ancestors, i int, full string) (link, next string, more bool, err error) {
	name := nextName(full, a.folders[i])
	if name == "" {
		return "", "", false, nil
	}
	stat, err := h.statIn(ctx, id, path.Join(a.place(i), name))
	switch {
	case cerrdefs.IsNotFound(err):
		return "", "", false, nil
	case err != nil:
		return "", "", false, agent.Reason(err)
	case stat.Mode&fs.ModeSymlink != 0:
		return path.Join(a.folders[i], name), a.target(i, stat.LinkTarget), false, nil
	}
	return "", "", true, nil
}

// ancestors has the existing folders on the way to a path, each mounted at its own place in
// the container. The engine reports a link's target relative to the container's root, so a
// place is as deep as its folder: then a relative link differs from an absolute one,
// and leads to names that represent the folders above.
type ancestors struct {
	folders []string // "/", "/a", "/a/b"
	random  string   // an unused name
}

func (a ancestors) top(i int) string   { return "/" + a.random + "-" + strconv.Itoa(i) }
func (a ancestors) place(i int) string { return a.top(i) + strings.Repeat("/"+a.random, i) }

// target turns a link's target as the engine reports it into one of the host.
func (a ancestors) target(i int, reported string) string {
	rest, relative := strings.CutPrefix(reported, a.top(i))
	if !relative {
		return reported
	}
	above := 0
	for above < i && strings.HasPrefix(rest, "/"+a.random) {
		rest = strings.TrimPrefix(rest, "/"+a.random)
		above++
	}
	return path.Join(a.folders[above], rest)
}

func ancestorsOf(full string) ancestors {
	a := ancestors{random: strings.ToLower(rand.Text()[:randomName])}
	for at := path.Dir(full); at != "/"; at = path.Dir(at) {
		a.folders = append([]string{at}, a.folders...)
	}
	a.folders = append([]string{"/"}, a.folders...)
	return a
}

// mountAncestors mounts the existing folders on the way to a path.
func (h *FS) mountAncestors(ctx context.Context, full string) (id string, a ancestors, err error) {
	for a = ancestorsOf(full); ; a.folders = a.folders[:len(a.folders)-1] {
		mounts := make([]mount.Mount, len(a.folders))
		for i, folder := range a.folders {
			mounts[i] = agent.BindReadOnly(folder, a.place(i))
		}
		id, err = h.helpers.FileContainer(ctx, nil, mounts...)
		err = agent.Reason(err)
		if err != syscall.ENOENT && err != syscall.ENOTDIR || len(a.folders) == 1 {
			return id, a, err
		}
	}
}

// nextName returns the name that follows a folder on the way to a path.
func nextName(full, folder string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(full, folder), "/"), "/")
	return name
}
