package containerfs

import (
	"context"
	"errors"
	"io"
	"path"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// WriteFile implements core.FileAccess.
func (a *Access) WriteFile(ctx context.Context, req core.WriteFileRequest, s core.Streams) (result core.WriteFileResult, err error) {
	o := operation(&req.FileRequest)
	if o.Invalid == nil {
		o.Invalid = checkWrite(req)
	}
	err = a.files.session.Perform(ctx, o, func(ctx context.Context) error {
		result.Size, err = a.write(ctx, req, s.Stdin)
		return pathFault(ctx, req.FileRequest, err)
	})
	return result, err
}

func checkWrite(req core.WriteFileRequest) error {
	const bits = 0o7777
	switch {
	case namesFolder(req.Path):
		return core.Errorf(core.KindInvalidArgument, "%q names a folder: leave out what is after the file's name", req.Path).With("path", req.Path)
	case req.Mode != nil && (*req.Mode < 0 || *req.Mode > bits):
		return core.Errorf(core.KindInvalidArgument, "the mode %#o has more than permission bits", *req.Mode)
	}
	return nil
}

// write finds out whether the file can be written before it takes the content, and repeats
// each of both after a lost connection.
func (a *Access) write(ctx context.Context, req core.WriteFileRequest, from io.Reader) (int64, error) {
	w := &writing{request: req, full: path.Clean(req.Path)}
	err := a.files.session.Retry(ctx, func(ctx context.Context) error { return a.files.planWrite(ctx, w) })
	if err != nil {
		return 0, err
	}
	if w.content, err = spool(ctx, from, a.tempDir); err != nil {
		return 0, err
	}
	defer w.content.close()
	err = a.files.session.Retry(ctx, func(ctx context.Context) error { return a.files.write(ctx, w) })
	return w.content.size, err
}

// writing is a file that is to be written.
type writing struct {
	request core.WriteFileRequest
	full    string
	info    container.InspectResponse
	way     entrance   // of an agent
	enters  bool       // it has one
	user    ownership  // the container's
	owner   *ownership // what was asked for
	content *content
}

// planWrite finds out all that does not depend on the content.
func (f *Files) planWrite(ctx context.Context, w *writing) (err error) {
	req := w.request
	var hidden string
	if w.info, hidden, err = f.placedFor(ctx, req.Container, w.full, true, func() error { return nil }); err != nil {
		return err
	}
	if hidden != "" {
		if _, err := rootInside(w.info); err != nil {
			return err
		}
	}
	if w.user, err = f.containerOwner(ctx, w.info.ID, w.info.Config.User); err != nil {
		return err
	}
	if req.Owner != "" {
		owner, err := f.containerOwner(ctx, w.info.ID, req.Owner)
		if core.KindOf(err) == core.KindEngineError {
			return core.Errorf(core.KindInvalidArgument, "the owner %q is not known in the container %s: %w", req.Owner, req.Container, err).With("owner", req.Owner)
		}
		if err != nil {
			return err
		}
		w.owner = &owner
	}
	if w.way, w.enters, err = f.way(ctx, w.info, w.full); err != nil {
		return err
	}
	if w.enters = w.enters || hidden != ""; w.enters {
		return nil // the agent finds out the rest
	}
	_, _, err = f.archivedPlace(ctx, w)
	return err
}

func (f *Files) write(ctx context.Context, w *writing) error {
	err := errOutside
	if w.enters {
		err = f.enter(ctx, w.way, func(files *insideFS) error { return files.write(ctx, w) })
	}
	if errors.Is(err, errOutside) {
		return f.writeArchive(ctx, w)
	}
	return err
}

// attributes returns what a file is to have instead of what is there, nil for nothing.
func (w *writing) attributes(there *core.FileEntry) (core.FileEntry, error) {
	const newMode = 0o644
	e := core.FileEntry{Mode: newMode, UID: w.user.uid, GID: w.user.gid, Size: w.content.sizeNow(), MTime: time.Now().UnixNano()}
	if there != nil {
		if err := w.replaceable(there); err != nil {
			return e, err
		}
		e.Mode, e.UID, e.GID = there.Mode, there.UID, there.GID
	}
	if w.owner != nil {
		e.UID, e.GID = w.owner.uid, w.owner.gid
	}
	if w.request.Mode != nil {
		e.Mode = *w.request.Mode
	}
	return e, nil
}

func (c *content) sizeNow() int64 {
	if c == nil {
		return 0 // it has not been taken yet
	}
	return c.size
}

func (w *writing) replaceable(there *core.FileEntry) error {
	at := w.request.Path + " in the container " + w.request.Container
	switch there.Type {
	case core.EntryFile:
		return nil
	case core.EntryFolder:
		return core.Errorf(core.KindConflict, "%s is a folder: name a file in it", at).With("path", w.request.Path)
	}
	return core.Errorf(core.KindInvalidArgument, "%s is neither a file nor a folder: it cannot be replaced by a file", at).With("path", w.request.Path)
}

// notMount refuses a file that is mounted by itself: to replace it would undo the mount.
func (w *writing) notMount(real string) error {
	_, mounted := mountsInside(w.info).places[real]
	switch real {
	case "/etc/hosts":
		mounted = mounted || w.info.HostsPath != ""
	case "/etc/hostname":
		mounted = mounted || w.info.HostnamePath != ""
	case "/etc/resolv.conf":
		mounted = mounted || w.info.ResolvConfPath != ""
	}
	if !mounted {
		return nil
	}
	return core.Errorf(core.KindConflict, "%s is mounted by itself in the container %s, and cannot be replaced: write it where it comes from",
		w.request.Path, w.request.Container).With("path", w.request.Path)
}

func (w *writing) noFolder(folder string) error {
	return core.Errorf(core.KindPathNotFound, "there is no folder %s in the container %s: make it first, or use parents", folder, w.request.Container).
		With("path", folder)
}

func (w *writing) notFolder(folder string) error {
	return core.Errorf(core.KindConflict, "%s is not a folder in the container %s", folder, w.request.Container).With("path", folder)
}
