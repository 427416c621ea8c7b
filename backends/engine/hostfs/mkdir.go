package hostfs

import (
	"context"
	"path"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/archive"
)

// MkdirAll implements hostfiles.FileSystem.
func (h *FS) MkdirAll(ctx context.Context, full string) error {
	return agent.Fault(ctx, h.makeFolders(ctx, path.Clean(full)))
}

// makeFolders makes a folder and its missing parents.
func (h *FS) makeFolders(ctx context.Context, full string) error {
	var missing []string
	for at := full; ; at = path.Dir(at) {
		stat, err := h.statMounted(ctx, at, func(id string) error {
			if len(missing) == 0 {
				return nil
			}
			content, err := archive.Folders(missing, 0, 0, time.Now())
			if err != nil {
				return err
			}
			return h.session.API.CopyToContainer(ctx, id, mounted, content, container.CopyToContainerOptions{})
		})
		switch {
		case err == nil && !stat.Mode.IsDir():
			return syscall.ENOTDIR
		case err == nil:
			return nil
		case !stat.Mode.IsDir() && stat.Mode != 0:
			return syscall.ENOTDIR
		case err != syscall.ENOENT || at == "/":
			return err
		}
		missing = append([]string{path.Base(at)}, missing...)
	}
}
