package archive

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bounds on what is read ahead of the stream: at most aheadItems files of at most
// aheadSize bytes are in memory. Larger files are read when it is their turn.
const (
	aheadItems   = 128
	aheadSize    = 64 << 10
	aheadReaders = 4
)

// item is one name of the tree on its way into the stream.
type item struct {
	path, name string
	prepared   chan struct{} // closed when the fields below are set

	header *tar.Header // nil: not archived
	file   fileID
	links  uint64
	blocks []byte // header and, where loaded, content with padding
	loaded bool
	err    error
}

// fileID identifies a file on this machine.
type fileID struct{ device, inode uint64 }

// ahead lists the tree in order and prepares its items in a few goroutines. The channel
// is closed at the tree's end. wait returns when none of the goroutines runs any more.
func (t *Tree) ahead(ctx context.Context) (inOrder <-chan *item, wait func() error) {
	ordered, jobs := make(chan *item, aheadItems), make(chan *item, aheadItems)
	ended := make(chan error, aheadReaders+1)
	start := func(fn func() error) {
		guard.Go(func() { ended <- fn() }, func(p *guard.Panic) {
			ended <- core.Errorf(core.KindInternalError, "cannot read %s: %w", t.source, p)
		})
	}
	start(func() error {
		defer close(ordered)
		defer close(jobs)
		return t.walk(t.source, t.opts.Name, func(path, name string) error {
			it := &item{path: path, name: name, prepared: make(chan struct{})}
			for _, to := range []chan *item{jobs, ordered} {
				select {
				case to <- it:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			return nil
		})
	})
	for range aheadReaders {
		start(func() error {
			for it := range jobs {
				it.prepare()
			}
			return nil
		})
	}
	return ordered, func() error {
		var first error
		for range aheadReaders + 1 {
			if err := <-ended; err != nil && first == nil {
				first = err
			}
		}
		return first
	}
}

// walk visits a tree's names, sorted, folders before their content.
func (t *Tree) walk(path, name string, visit func(path, name string) error) error {
	if err := visit(path, name); err != nil {
		return err
	}
	entries, err := readFolder(path)
	if err != nil {
		return fileerr.At(path, err)
	}
	for _, entry := range entries {
		below, called := filepath.Join(path, entry.Name()), name+"/"+entry.Name()
		if entry.IsDir() {
			err = t.walk(below, called, visit)
		} else {
			err = visit(below, called)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readFolder lists a folder, sorted. Anything else, or a folder that vanished, has no entries.
func readFolder(path string) ([]fs.DirEntry, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (it *item) prepare() {
	defer close(it.prepared)
	if p := guard.Call(func() { it.err = it.load() }); p != nil {
		it.err = core.Errorf(core.KindInternalError, "cannot read %s: %w", it.path, p)
	}
	if errors.Is(it.err, fs.ErrNotExist) {
		// It vanished while the tree was read.
		it.header, it.err = nil, nil
	}
	it.err = fileerr.At(it.path, it.err)
}

// load makes the header, and reads small files that have only one name: of several names,
// only the first carries the content, and which one that is shows when it is their turn.
func (it *item) load() error {
	info, err := os.Lstat(it.path)
	if err != nil {
		return err
	}
	hdr, ok := newHeader(it.name, info)
	if !ok {
		return nil
	}
	if hdr.Typeflag == tar.TypeSymlink {
		if hdr.Linkname, err = os.Readlink(it.path); err != nil {
			return err
		}
	}
	if stat, has := info.Sys().(*syscall.Stat_t); has && !info.IsDir() {
		it.file, it.links = fileID{uint64(stat.Dev), uint64(stat.Ino)}, uint64(stat.Nlink)
	}
	if hdr.Typeflag == tar.TypeReg {
		if value := capability(it.path); value != nil {
			hdr.PAXRecords = map[string]string{xattrPrefix + capabilityXattr: string(value)}
		}
	}
	var content []byte
	if hdr.Typeflag == tar.TypeReg && it.links <= 1 && hdr.Size > 0 && hdr.Size <= aheadSize {
		if content, it.loaded, err = readSmall(it.path, hdr.Size); err != nil {
			return err
		}
		if it.loaded {
			hdr.Size = int64(len(content))
		}
	}
	if it.blocks, err = headerBlocks(hdr); err != nil {
		return core.Errorf(core.KindInvalidArgument, "%s cannot be in an archive: %w", it.path, err).With("path", it.path)
	}
	if it.loaded {
		it.blocks = append(it.blocks, content...)
		it.blocks = append(it.blocks, make([]byte, padding(hdr.Size))...)
	}
	it.header = hdr
	return nil
}

// readSmall reads a file whole, as it is now. ok is false when it grew meanwhile.
func readSmall(path string, size int64) (content []byte, ok bool, err error) {
	f, err := openFile(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	content = make([]byte, size+1) // one more, to see the end
	n, err := io.ReadFull(f, content)
	switch {
	case err == nil:
		return nil, false, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return content[:n], true, nil
	}
	return nil, false, err
}

// openFile never waits for a FIFO that took the file's place, nor follows a link.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}
