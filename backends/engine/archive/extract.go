package archive

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unsafe"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// ExtractOptions say how to extract an archive.
type ExtractOptions struct {
	// Base is the first component of every entry: the name of the archive's top.
	// "." and "/" stand for archives without such a component.
	Base string
	// Name replaces Base in the destination; "." puts the content itself there.
	Name string
	// Owner sets owner, group, set-id bits and capabilities as in the archive. Without it,
	// files belong to this process's user and have none of these bits.
	Owner bool
	// Holes leaves blocks of zeros out of the files.
	Holes bool
	// Progress, if set, is often called with what was extracted so far.
	Progress func(Totals)
}

// Extract writes the archive in r below dir, an existing folder. It writes nowhere
// else: an entry that would is an EngineError with reason "unsafe_archive". A file gets
// its final name only when it is complete. What was extracted before an error stays.
func Extract(ctx context.Context, r io.Reader, dir string, opts ExtractOptions) (Totals, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Totals{}, fileerr.At(dir, err)
	}
	x := &extraction{opts: opts, ctx: ctx, top: dir, folders: folders{root: root}, taken: bounded.Count{What: "the archive's list of folders", Limit: bounded.Limit}}
	defer x.folders.close()
	err = x.all(tar.NewReader(r))
	if finished := x.finishFolders(); err == nil {
		err = finished
	}
	return x.totals, err
}

type extraction struct {
	ctx     context.Context
	opts    ExtractOptions
	top     string
	folders folders
	made    []*entry // folders, whose times and modes are set at the end
	taken   bounded.Count
	totals  Totals
	buffer  []byte
}

// entry is a header with its place in the destination.
type entry struct {
	*tar.Header
	parts []string // below the destination; none is the destination itself
	name  string   // the last part
}

func (e *entry) folder() []string { return e.parts[:len(e.parts)-1] }

func (x *extraction) all(archive *tar.Reader) error {
	for {
		if err := x.ctx.Err(); err != nil {
			return context.Cause(x.ctx)
		}
		hdr, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return readError(err).Err
		}
		if hdr.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := x.one(archive, hdr); err != nil {
			return err
		}
	}
}

func (x *extraction) one(archive *tar.Reader, hdr *tar.Header) error {
	parts, err := x.place(hdr.Name)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		if hdr.Typeflag == tar.TypeDir {
			return nil // the destination itself, which exists
		}
		return unsafeEntry(hdr.Name, "would replace the destination")
	}
	e := &entry{Header: hdr, parts: parts, name: parts[len(parts)-1]}
	where, err := x.folders.enter(e.folder())
	if err != nil {
		return x.fault(e, err)
	}
	switch hdr.Typeflag {
	case tar.TypeDir:
		err = x.makeFolder(where, e)
	case tar.TypeReg:
		err = x.writeFile(where, e, archive)
	case tar.TypeSymlink:
		err = x.writeSymlink(where, e)
	case tar.TypeLink:
		err = x.writeLink(where, e)
	case tar.TypeFifo:
		err = x.writeFIFO(where, e)
	default:
		err = unsafeEntry(hdr.Name, "is a device or of an unknown type")
	}
	return x.fault(e, err)
}

// fault returns an error that names the entry's path.
func (x *extraction) fault(e *entry, err error) error {
	if err == nil {
		return nil
	}
	if x.ctx.Err() != nil {
		return context.Cause(x.ctx)
	}
	var stream *streamError
	if errors.As(err, &stream) {
		return stream.Err
	}
	return fileerr.At(x.local(e.parts), err)
}

func (x *extraction) local(parts []string) string {
	return path.Join(append([]string{x.top}, parts...)...)
}

// place turns a name in the archive into its place below the destination.
func (x *extraction) place(name string) ([]string, error) {
	if strings.ContainsRune(name, 0) {
		return nil, unsafeEntry(name, "has a NUL byte in its name")
	}
	if strings.HasPrefix(name, "/") && x.opts.Base != "/" {
		return nil, unsafeEntry(name, "has an absolute name")
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "" || part == ".":
		case !core.SafeName(part):
			return nil, unsafeEntry(name, "climbs out of the archive")
		default:
			parts = append(parts, part)
		}
	}
	if x.opts.Base != "." && x.opts.Base != "/" {
		if len(parts) == 0 || parts[0] != x.opts.Base {
			return nil, unsafeEntry(name, "is not part of what was asked for")
		}
		parts = parts[1:]
	}
	if x.opts.Name != "." {
		if !core.SafeName(x.opts.Name) {
			return nil, unsafeEntry(x.opts.Name, "is no name for it in the destination")
		}
		parts = slices.Insert(parts, 0, x.opts.Name)
	}
	if len(parts) > maxDepth {
		return nil, unsafeEntry(name[:min(len(name), 64)]+"...", "is nested too deep")
	}
	return parts, nil
}

// streamError distinguishes a failure to read the archive from one to write a file.
type streamError struct{ Err error }

func (e *streamError) Error() string { return e.Err.Error() }

func readError(err error) *streamError {
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, tar.ErrFieldTooLong) {
		err = core.Errorf(core.KindEngineError, "the archive is broken: %w", err).With("reason", "broken_archive")
	}
	return &streamError{err}
}

// finishFolders sets what writing into the folders would have changed or prevented.
func (x *extraction) finishFolders() error {
	for _, e := range slices.Backward(x.made) {
		where, err := x.folders.enter(e.parts)
		if err == nil {
			err = setTimes(where.handle, ".", e.ModTime)
		}
		if err == nil { // the mode last: it may close the folder
			err = x.setAttributes(where.handle, e)
		}
		if err != nil {
			return x.fault(e, err)
		}
	}
	return nil
}

// writableFolder is a folder's mode while it is filled.
const writableFolder = 0o700

func (x *extraction) makeFolder(where *folder, e *entry) error {
	err := where.root.Mkdir(e.name, writableFolder)
	if errors.Is(err, fs.ErrExist) {
		info, statErr := where.root.Lstat(e.name)
		if statErr != nil {
			return statErr
		}
		if !info.IsDir() {
			return core.Errorf(core.KindConflict, "%s is not a folder: a folder cannot replace it", x.local(e.parts)).
				With("path", x.local(e.parts))
		}
		err = nil
	}
	if err != nil {
		return err
	}
	return x.remember(e)
}

// remember keeps a folder's entry, from which its attributes are set at the end.
func (x *extraction) remember(e *entry) error {
	e.Header = &tar.Header{Typeflag: e.Typeflag, Mode: e.Mode, Uid: e.Uid, Gid: e.Gid, ModTime: e.ModTime}
	x.made = append(x.made, e)
	return x.taken.Add(int(unsafe.Sizeof(*e.Header)+unsafe.Sizeof(*e)) + len(e.parts)*int(unsafe.Sizeof("")))
}
