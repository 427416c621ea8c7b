package engine

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// protect adds to a deletion what only the engine knows: where it keeps its data. A host
// whose files are reached without an engine may have none: what is kept at the usual
// places, and what is mounted, is protected all the same.
func (e *Engine) protect(ctx context.Context, p *core.Protection) error {
	if p.AllowSystemPaths {
		return nil
	}
	err, root := e.session.Negotiate(ctx), ""
	if err == nil {
		root, err = e.dataRoot(ctx)
	}
	switch {
	case err != nil && core.KindOf(session.Translate(ctx, err)) == core.KindEngineUnreachable:
		return nil
	case err != nil:
		return core.Errorf(core.KindOf(session.Translate(ctx, err)),
			"the engine does not say where it keeps its data, which must not be deleted: %w", err)
	}
	p.DataRoots = []string{root}
	return nil
}

// dataRoot asks the engine once.
func (e *Engine) dataRoot(ctx context.Context) (string, error) {
	h := &e.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dataRoot == "" {
		info, err := e.api.Info(ctx)
		if err != nil {
			return "", err
		}
		h.dataRoot = info.DockerRootDir
	}
	return h.dataRoot, nil
}

// passwdFile is the host's list of users.
const passwdFile = "/etc/passwd"

// Known implements hostfiles.FileSystem: users by the host's own file, and mounts as the
// agent of the folder above sees them.
func (s *hostSession) Known(ctx context.Context, full string) (known hostfiles.Known, err error) {
	ask := []func() error{
		func() (err error) { known.Homes, err = s.homes(ctx); return err },
		func() (err error) { known.Mounts, err = s.mounts(ctx, path.Dir(full)); return err },
	}
	err = guard.Each(ctx, len(ask), len(ask), func(i int) error { return ask[i]() })
	return known, err
}

func (s *hostSession) homes(ctx context.Context) (homes []string, err error) {
	_, err = s.look(ctx, passwdFile, func(id string) error {
		content, _, err := s.engine.api.CopyFromContainer(ctx, id, lookFolder)
		if err != nil {
			return err
		}
		defer content.Close()
		archive := tar.NewReader(content)
		if _, err := archive.Next(); err != nil {
			return err
		}
		passwd, err := io.ReadAll(io.LimitReader(archive, hostfiles.MaxPasswd))
		homes = hostfiles.ParseHomes(passwd)
		return err
	})
	if fileerr.IsAbsent(err) {
		return nil, nil
	}
	return homes, hostFault(ctx, err)
}

// mounts are the mount points in a folder without symlinks on the way to it.
func (s *hostSession) mounts(ctx context.Context, folder string) ([]string, error) {
	tree, err := s.Tree(ctx, folder)
	if fileerr.IsAbsent(err) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil // there is nothing to be deleted
	}
	if err != nil {
		return nil, err
	}
	inside, err := tree.(*hostTree).mounts(ctx)
	var mounts []string
	for _, m := range inside {
		if rest, ok := strings.CutPrefix(m, hostFolder+"/"); ok {
			mounts = append(mounts, path.Join(folder, rest))
		}
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return mounts, err
}
