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

// Paths are inspected without running anything: the engine stats them in a container that
// was created with the path mounted and is never started.

// mounted is where such a container has the path, or the folder that large files go into.
const mounted = "/mounted"

// bindsRecursively reports whether the engine also mounts everything that is mounted below a
// folder, although the request excludes that. Engines before 23 do, in containers that do not
// run.
func (h *FS) bindsRecursively() bool {
	return versions.LessThan(h.session.API.ClientVersion(), "1.42")
}

// recursiveStats allows one such stat at a time for each target, over all its clients. "/"
// includes what other stats have mounted at the same time: a dozen at once would be more mounts
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

// statMounted returns what an absolute path leads to, and calls more, unless it is nil, with
// the container.
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

// statBySpare stats a path in an existing container; id is "" if there is none.
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

// statInFolder stats a destination in the container that has its parent folder, which will
// then be used to put a file there.
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
