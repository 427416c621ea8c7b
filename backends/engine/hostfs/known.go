package hostfs

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/protect"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// passwdFile is the host's list of users.
const passwdFile = "/etc/passwd"

// Known implements hostfiles.FileSystem: users from the host's own file, and mounts as the
// agent of the parent folder sees them.
func (h *FS) Known(ctx context.Context, full string) (known protect.Known, err error) {
	err = guard.All(ctx,
		func() (err error) { known.Homes, err = h.homes(ctx); return err },
		func() (err error) { known.Mounts, err = h.mounts(ctx, path.Dir(full)); return err },
	)
	return known, err
}

func (h *FS) homes(ctx context.Context) (homes []string, err error) {
	_, err = h.statMounted(ctx, passwdFile, func(id string) error {
		content, _, err := h.session.API.CopyFromContainer(ctx, id, mounted)
		if err != nil {
			return err
		}
		defer content.Close()
		archive := tar.NewReader(content)
		if _, err := archive.Next(); err != nil {
			return err
		}
		passwd, err := io.ReadAll(io.LimitReader(archive, protect.MaxPasswd))
		homes = protect.ParseHomes(passwd)
		return err
	})
	if fileerr.IsAbsent(err) {
		return nil, nil
	}
	return homes, agent.Fault(ctx, err)
}

// mounts returns the mount points in a folder without symlinks on the way to it.
func (h *FS) mounts(ctx context.Context, folder string) ([]string, error) {
	opened, err := h.Tree(ctx, folder)
	if fileerr.IsAbsent(err) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil // there is nothing to delete
	}
	if err != nil {
		return nil, err
	}
	inside, err := opened.(*tree).mounts(ctx)
	var mounts []string
	for _, m := range inside {
		if rest, ok := strings.CutPrefix(m, agent.Folder+"/"); ok {
			mounts = append(mounts, path.Join(folder, rest))
		}
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return mounts, err
}
