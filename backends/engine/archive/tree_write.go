package archive

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// write puts the whole tree into the pipe.
func (t *Tree) write() error {
	ctx, cancel := context.WithCancel(t.ctx)
	items, wait := t.ahead(ctx)
	err := t.writeItems(ctx, items)
	cancel()
	if walked := wait(); err == nil {
		err = walked
	}
	if err != nil {
		return err
	}
	return t.pipe.zeros(2 * blockLength)
}

func (t *Tree) writeItems(ctx context.Context, items <-chan *item) error {
	names := map[fileID]string{}
	for it := range items {
		select {
		case <-it.prepared:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if it.err != nil {
			return it.err
		}
		if it.header == nil {
			continue
		}
		if err := t.writeItem(it, names); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) writeItem(it *item, names map[fileID]string) error {
	if it.links > 1 {
		if first, has := names[it.file]; has {
			return t.writeLink(it, first)
		}
		names[it.file] = it.name
	}
	if it.header.Typeflag != tar.TypeReg {
		_, err := t.pipe.Write(it.blocks)
		return err
	}
	if it.loaded || it.header.Size == 0 {
		_, err := t.pipe.Write(it.blocks)
		t.count(it.header.Size, 1)
		return err
	}
	return t.writeLarge(it)
}

// writeLink archives a further name of a file that is in the archive already.
func (t *Tree) writeLink(it *item, first string) error {
	hdr := *it.header
	hdr.Typeflag, hdr.Linkname, hdr.Size = tar.TypeLink, first, 0
	blocks, err := headerBlocks(&hdr)
	if err != nil {
		return core.Errorf(core.KindInvalidArgument, "%s cannot be in an archive: %w", it.path, err).With("path", it.path)
	}
	_, err = t.pipe.Write(blocks)
	return err
}

func (t *Tree) writeLarge(it *item) error {
	f, err := openFile(it.path)
	if errors.Is(err, os.ErrNotExist) && it.path != t.source {
		return nil // it vanished; its header is not in the stream yet
	}
	if err != nil {
		return fileerr.At(it.path, err)
	}
	defer f.Close()
	if _, err := t.pipe.Write(it.blocks); err != nil {
		return err
	}
	if err := t.writeContent(f, it.header.Size); err != nil {
		return err
	}
	t.count(0, 1)
	return t.pipe.zeros(padding(it.header.Size))
}

// writeContent writes exactly size bytes, without reading holes.
func (t *Tree) writeContent(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return fileerr.At(f.Name(), err)
	}
	stat, has := info.Sys().(*syscall.Stat_t)
	holes := has && sparse(stat)
	for at := int64(0); at < size; {
		start, end, ok := at, size, true
		if holes {
			if start, end, ok = nextData(f, at, size); !ok {
				start, end, holes = at, size, false
			}
		}
		if err := t.writeHole(start - at); err != nil {
			return err
		}
		if err := t.writeData(f, start, end); err != nil {
			return err
		}
		at = end
	}
	return nil
}

func (t *Tree) writeHole(length int64) error {
	for length > 0 {
		n := min(length, pieceSize)
		if err := t.pipe.zeros(n); err != nil {
			return err
		}
		t.count(n, 0)
		length -= n
	}
	return nil
}

func (t *Tree) writeData(f *os.File, start, end int64) error {
	at := start
	return t.pipe.pass(func(room []byte) (int, error) {
		if at == end {
			return 0, io.EOF
		}
		n, err := f.ReadAt(room[:min(int64(len(room)), end-at)], at)
		t.count(int64(n), 0)
		at += int64(n)
		switch {
		case errors.Is(err, io.EOF) && at < end:
			return n, core.Errorf(core.KindConflict, "%s got shorter while it was read", f.Name()).With("path", f.Name())
		case err != nil && !errors.Is(err, io.EOF):
			return n, fileerr.At(f.Name(), err)
		}
		return n, nil
	})
}
