package archive

import (
	"archive/tar"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/proboscis/ml_nexus_go/core"
)

// temporaryPrefix begins the name of an incomplete file.
const temporaryPrefix = ".mlng-copy-"

func temporaryName() string { return temporaryPrefix + rand.Text() }

// into lets write make something under a temporary name, sets its attributes, and renames it to
// its final name, which replaces what is there unless that is a folder.
func (x *extraction) into(where *folder, e *entry, write func(temporary string) error) error {
	temporary := temporaryName()
	err := write(temporary)
	if err == nil {
		err = setTimes(where.handle, temporary, e.ModTime)
	}
	if err == nil {
		err = where.root.Rename(temporary, e.name)
	}
	if err != nil || e.Typeflag == tar.TypeLink {
		// Renaming one name of a file to another name of the same file does nothing.
		_ = where.root.Remove(temporary)
	}
	if errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.EEXIST) || errors.Is(err, syscall.ENOTEMPTY) {
		local := x.local(e.parts)
		return core.Errorf(core.KindConflict, "%s is a folder: a file cannot replace it", local).With("path", local)
	}
	return err
}

func (x *extraction) writeFile(where *folder, e *entry, content io.Reader) error {
	return x.into(where, e, func(temporary string) error {
		f, err := where.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		err = x.writeContent(f, e, content)
		if err == nil {
			err = x.setAttributes(f, e)
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err == nil {
			x.count(0, 1)
		}
		return err
	})
}

func (x *extraction) writeContent(f *os.File, e *entry, content io.Reader) error {
	if x.buffer == nil {
		x.buffer = make([]byte, pieceSize)
	}
	var at int64
	for at < e.Size {
		if x.ctx.Err() != nil {
			return x.ctx.Err()
		}
		n, err := io.ReadFull(content, x.buffer[:min(int64(len(x.buffer)), e.Size-at)])
		if err != nil {
			return readError(err)
		}
		if err := x.writeAt(f, x.buffer[:n], at); err != nil {
			return err
		}
		at += int64(n)
		x.count(int64(n), 0)
	}
	if x.opts.Holes {
		return f.Truncate(e.Size)
	}
	return nil
}

// holeSize is the smallest hole that is made; file systems allocate whole blocks of this
// size or less.
const holeSize = 4096

// writeAt writes data; with Holes it leaves out blocks of zeros.
func (x *extraction) writeAt(f *os.File, data []byte, at int64) error {
	if !x.opts.Holes {
		_, err := f.WriteAt(data, at)
		return err
	}
	for start := 0; start < len(data); {
		end := start
		for end < len(data) && !zeroBlock(data[end:]) {
			end += min(holeSize, len(data)-end)
		}
		if end > start {
			if _, err := f.WriteAt(data[start:end], at+int64(start)); err != nil {
				return err
			}
		}
		for end < len(data) && zeroBlock(data[end:]) {
			end += min(holeSize, len(data)-end)
		}
		start = end
	}
	return nil
}

var zeroes [holeSize]byte

// zeroBlock reports whether data begins with a block of zeros.
func zeroBlock(data []byte) bool {
	block := data[:min(holeSize, len(data))]
	return string(block) == string(zeroes[:len(block)])
}

// writeSymlink makes a link as in the archive. As with docker cp, a relative link must
// not point out of the destination; nothing is ever written through either kind.
func (x *extraction) writeSymlink(where *folder, e *entry) error {
	if strings.ContainsRune(e.Linkname, 0) || e.Linkname == "" {
		return unsafeEntry(e.Name, "is a symbolic link without a proper target")
	}
	target := filepath.Join(append(append([]string{"."}, e.folder()...), e.Linkname)...)
	if !filepath.IsAbs(e.Linkname) && !filepath.IsLocal(target) {
		return unsafeEntry(e.Name, "is a symbolic link out of the destination, to "+e.Linkname)
	}
	return x.into(where, e, func(temporary string) error {
		if err := where.root.Symlink(e.Linkname, temporary); err != nil {
			return err
		}
		if x.opts.Owner {
			return allowed(where.root.Lchown(temporary, e.Uid, e.Gid))
		}
		return nil
	})
}

// writeLink makes a further name for a file of the destination.
func (x *extraction) writeLink(where *folder, e *entry) error {
	parts, err := x.place(e.Linkname)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		return unsafeEntry(e.Name, "is a hard link to a folder")
	}
	// The folder of the entry stays open; the target's is opened beside it.
	var beside folders
	if beside.root, err = x.folders.root.OpenRoot("."); err != nil {
		return err
	}
	defer beside.close()
	from, err := beside.enter(parts[:len(parts)-1])
	if err != nil {
		return err
	}
	target := parts[len(parts)-1]
	info, err := from.root.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return unsafeEntry(e.Name, "is a hard link to "+e.Linkname+", which is not there")
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return unsafeEntry(e.Name, "is a hard link to a folder")
	}
	return x.into(where, e, func(temporary string) error {
		return unix.Linkat(int(from.handle.Fd()), target, int(where.handle.Fd()), temporary, 0)
	})
}

func (x *extraction) writeFIFO(where *folder, e *entry) error {
	return x.into(where, e, func(temporary string) error {
		if err := makeFIFO(where.handle, temporary); err != nil {
			return err
		}
		if x.opts.Owner {
			if err := allowed(where.root.Lchown(temporary, e.Uid, e.Gid)); err != nil {
				return err
			}
		}
		return where.root.Chmod(temporary, fs.FileMode(e.Mode).Perm())
	})
}

// setAttributes sets the owner, mode and capabilities of an open file or folder. The
// owner comes first: changing it clears the rest.
func (x *extraction) setAttributes(f *os.File, e *entry) error {
	mode := e.FileInfo().Mode()
	keep := fs.ModePerm | fs.ModeSticky
	if e.Typeflag == tar.TypeDir {
		keep |= fs.ModeSetgid
	}
	if x.opts.Owner {
		keep |= fs.ModeSetuid | fs.ModeSetgid
		if err := f.Chown(e.Uid, e.Gid); err != nil {
			if err = allowed(err); err != nil {
				return err
			}
			keep &^= fs.ModeSetuid // it would grant somebody else's rights
			if e.Typeflag != tar.TypeDir {
				keep &^= fs.ModeSetgid
			}
		}
	}
	if err := f.Chmod(mode & keep); err != nil {
		return err
	}
	if value, has := e.PAXRecords[xattrPrefix+capabilityXattr]; has && x.opts.Owner {
		return setCapability(f, value)
	}
	return nil
}

// allowed ignores that only root may give files away, as cp -a and tar do.
func allowed(err error) error {
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return nil
	}
	return err
}

func setTimes(dir *os.File, name string, modified time.Time) error {
	stamp, err := unix.TimeToTimespec(modified)
	if err != nil {
		return nil // a time this machine cannot express
	}
	return unix.UtimesNanoAt(int(dir.Fd()), name, []unix.Timespec{stamp, stamp}, unix.AT_SYMLINK_NOFOLLOW)
}

func (x *extraction) count(bytes, files int64) {
	x.totals.Bytes += bytes
	x.totals.Files += files
	if x.opts.Progress != nil {
		x.opts.Progress(x.totals)
	}
}
