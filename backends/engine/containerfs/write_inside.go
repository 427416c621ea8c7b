package containerfs

import (
	"context"
	"errors"
	"io"
	"path"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent"
	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// write puts a file beside the one that it replaces, and renames it when it is whole. Until
// then the agent removes it if the connection is lost.
func (f *insideFS) write(ctx context.Context, w *writing) error {
	real, err := f.Resolve(ctx, w.full)
	if errors.Is(err, syscall.ENOTDIR) {
		return w.notFolder(path.Dir(w.full))
	}
	if err != nil {
		return err
	}
	var there *core.FileEntry
	e, err := f.tree.Lstat(ctx, real[1:])
	switch {
	case err == nil:
		entry := describe(&e)
		there = &entry
	case errors.Is(err, syscall.ENOTDIR):
		return w.notFolder(path.Dir(real))
	case !fileerr.IsAbsent(err):
		return err
	}
	want, err := w.attributes(there)
	if err != nil {
		return err
	}
	if err := w.notMount(real); err != nil {
		return err
	}
	if there == nil {
		if err := f.folderFor(ctx, w, path.Dir(real)); err != nil {
			return err
		}
	}
	return f.replace(ctx, real[1:], w.content, &hostfiles.Entry{
		Size: want.Size, Mode: uint16(want.Mode), UID: uint32(want.UID), GID: uint32(want.GID), MTime: want.MTime,
	})
}

// folderFor checks a new file's folder, or makes it.
func (f *insideFS) folderFor(ctx context.Context, w *writing, folder string) error {
	e, err := f.tree.Lstat(ctx, folder[1:])
	switch {
	case err == nil && e.Type != hostfiles.Folder, errors.Is(err, syscall.ENOTDIR):
		return w.notFolder(folder)
	case !fileerr.IsAbsent(err):
		return err
	case w.request.Parents:
		return f.mkdirAll(ctx, folder, w.user)
	}
	return w.noFolder(folder)
}

// replace makes a file whole under another name, and gives it its name at once.
func (f *insideFS) replace(ctx context.Context, p string, from *content, want *hostfiles.Entry) error {
	temp := hostfiles.TempName(p)
	err := f.create(ctx, temp, from, want)
	if err == nil {
		err = f.tree.Rename(ctx, temp, p)
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), session.CleanupTime)
		defer cancel()
		_ = f.tree.Remove(ctx, temp, false)
	}
	return err
}

func (f *insideFS) create(ctx context.Context, p string, from *content, want *hostfiles.Entry) error {
	file, err := f.tree.Create(ctx, p)
	if err != nil {
		return err
	}
	parts := int((from.size + partSize - 1) / partSize)
	err = guard.Each(ctx, agent.Concurrency, parts, func(i int) error {
		at := int64(i) * partSize
		part := make([]byte, min(partSize, from.size-at))
		if _, err := from.ReadAt(part, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		_, err := file.WriteAt(part, at)
		return err
	})
	if err != nil {
		_ = file.Close()
		return err
	}
	return file.Finish(want)
}
