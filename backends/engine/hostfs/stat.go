package hostfs

import (
	"context"
	"io/fs"
	"path"
	"sync"
	"syscall"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// What is at a path is found without running anything: the engine stats it in a container
// that was made with the path mounted and is never started.

// mounted is where such a container has the path, or the folder that large files go into.
const mounted = "/mounted"

// bindsRecursively reports whether the engine mounts all that is mounted below a folder with
// it, although the request excludes that. Engines before 23 do, in containers that do not run.
func (h *FS) bindsRecursively() bool {
	return versions.LessThan(h.session.API.ClientVersion(), "1.42")
}

// recursiveStats has a place for one such stat by target, for all clients of it. Below "/" is
// what the other stats have mounted at the same time, too: a dozen at once would be more mounts
// than Linux allows on a host (fs.mount-max), and every other start there would fail.
var recursiveStats sync.Map

// Stat implements hostfiles.FileSystem.
func (h *FS) Stat(ctx context.Context, full string) (hostfiles.Entry, error) {
	if err := h.awaitLost(ctx); err != nil {
		return hostfiles.Entry{}, err
	}
	var stat container.PathStat
	var err error
	if h.expects(path.Dir(full)) {
		stat, err = h.statInFolder(ctx, full)
	} else {
		stat, err = h.statMounted(ctx, full, nil)
	}
	return entryOfStat(stat), agent.Fault(ctx, err)
}

// statIn stats a path in a helper container that was never started.
func (h *FS) statIn(ctx context.Context, id, inside string) (container.PathStat, error) {
	if h.bindsRecursively() {
		place, _ := recursiveStats.LoadOrStore(h.session.Target(), make(chan struct{}, 1))
		one := place.(chan struct{})
		select {
		case one <- struct{}{}:
			defer func() { <-one }()
		case <-ctx.Done():
			return container.PathStat{}, core.ContextError(ctx, "")
		}
	}
	return h.session.API.ContainerStatPath(ctx, id, inside)
}

// statMounted returns what an absolute path leads to, and does more with the container, where
// that is asked for.
func (h *FS) statMounted(ctx context.Context, path string, more func(id string) error) (container.PathStat, error) {
	id, stat := h.statBySpare(ctx, path)
	var err error
	if id == "" {
		if id, err = h.helpers.FileContainer(ctx, nil, agent.Bind(path, mounted)); err != nil {
			return container.PathStat{}, agent.Reason(err)
		}
		stat, err = h.statIn(ctx, id, mounted)
	}
	defer h.spare(ctx, path, id)
	if err == nil && more != nil {
		err = more(id)
	}
	return stat, agent.Reason(err)
}

// statBySpare stats a path in a container that is there already; id is "" where there is none.
func (h *FS) statBySpare(ctx context.Context, path string) (id string, stat container.PathStat) {
	if id = h.takeSpare(path); id == "" {
		return "", stat
	}
	stat, err := h.statIn(ctx, id, mounted)
	if err != nil {
		h.removeLater(ctx, id) // someone else may have removed it
		return "", stat
	}
	return id, stat
}

// statInFolder stats what is to be filled, in the container that has the folder above and
// will be used to put a file there.
func (h *FS) statInFolder(ctx context.Context, full string) (stat container.PathStat, err error) {
	above, err := h.statMounted(ctx, path.Dir(full), func(id string) (err error) {
		stat, err = h.statIn(ctx, id, path.Join(mounted, path.Base(full)))
		return err
	})
	if above.Mode.IsDir() && (err == syscall.ENOENT || err == nil && stat.Mode&fs.ModeSymlink == 0) {
		return stat, err
	}
	return h.statMounted(ctx, full, nil)
}

func entryOfStat(stat container.PathStat) hostfiles.Entry {
	e := hostfiles.Entry{Size: stat.Size, MTime: stat.Mtime.UnixNano(), Mode: uint16(stat.Mode.Perm()), Type: hostfiles.Special}
	for bit, of := range map[uint16]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if stat.Mode&of != 0 {
			e.Mode |= bit
		}
	}
	switch {
	case stat.Mode.IsRegular():
		e.Type = hostfiles.File
	case stat.Mode.IsDir():
		e.Type, e.Size = hostfiles.Folder, 0
	case stat.Mode&fs.ModeSymlink != 0:
		e.Type, e.Size = hostfiles.Symlink, 0
	}
	return e
}
