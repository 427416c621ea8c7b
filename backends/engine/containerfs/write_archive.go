package containerfs

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"path"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
)

// archivedPlace returns where a file is to be written that the archive endpoints see, links
// followed, and what it is to have.
func (f *Files) archivedPlace(ctx context.Context, w *writing) (place string, want core.FileEntry, err error) {
	place = w.full
	stat, err := f.statSaying(ctx, w.info.ID, place)
	if err == nil && stat.LinkTarget != "" {
		place = linkTarget(place, stat.LinkTarget)
	}
	if unlessMissing(err) != nil {
		return place, want, err
	}
	there, err := f.archivedEntry(ctx, w.info.ID, place, false)
	if err == nil {
		if want, err = w.attributes(&there); err == nil {
			err = w.notMount(place)
		}
		return place, want, err
	}
	if unlessMissing(err) != nil {
		return place, want, err
	}
	want, _ = w.attributes(nil)
	if w.request.Parents {
		return place, want, nil
	}
	found, err := f.folderInside(ctx, w.info.ID, path.Dir(place))
	if core.KindOf(err) == core.KindConflict {
		err = w.notFolder(path.Dir(place))
	} else if err == nil && !found {
		err = w.noFolder(path.Dir(place))
	}
	return place, want, err
}

// writeArchive has the engine write a file in place.
func (f *Files) writeArchive(ctx context.Context, w *writing) error {
	place, want, err := f.archivedPlace(ctx, w)
	if err != nil {
		return err
	}
	if w.request.Parents {
		if err := f.Mkdir(ctx, core.MkdirInRequest{Container: w.info.ID, Path: path.Dir(place)}); err != nil {
			return err
		}
	}
	archive, err := archiveOf(path.Base(place), want, w.content)
	if err != nil {
		return err
	}
	return f.session.API.CopyToContainer(ctx, w.info.ID, path.Dir(place), archive, container.CopyToContainerOptions{})
}

// archiveOf returns the archive of one file.
func archiveOf(name string, e core.FileEntry, from *content) (io.Reader, error) {
	var head bytes.Buffer
	err := tar.NewWriter(&head).WriteHeader(&tar.Header{
		Format: tar.FormatPAX, Typeflag: tar.TypeReg, Name: name, Size: from.size,
		Mode: int64(e.Mode), Uid: e.UID, Gid: e.GID, ModTime: time.Unix(0, e.MTime).Truncate(time.Second),
	})
	if err != nil {
		return nil, core.Errorf(core.KindInvalidArgument, "%q cannot be a file's name: %w", name, err).With("path", name)
	}
	const block, end = 512, 2 * 512
	rest := make([]byte, -from.size&(block-1)+end)
	return io.MultiReader(&head, io.NewSectionReader(from, 0, from.size), bytes.NewReader(rest)), nil
}
