package archive

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// maxDepth bounds how many folders an archive may nest.
const maxDepth = 1000

// impliedFolder is the mode of a folder that has no entry of its own.
const impliedFolder = 0o755

// folder is an open folder of the destination. Only names without a slash are used in it.
type folder struct {
	root   *os.Root
	handle *os.File
}

// folders opens the destination's folders, never through a symbolic link. It keeps
// the last one: entries of one folder follow each other.
type folders struct {
	root *os.Root
	at   []string
	now  *folder
}

func (f *folders) close() {
	f.leave()
	_ = f.root.Close()
}

func (f *folders) leave() {
	if f.now == nil {
		return
	}
	_ = f.now.handle.Close()
	if f.now.root != f.root {
		_ = f.now.root.Close()
	}
	f.now = nil
}

// enter opens the folder at parts, and makes what is missing on the way.
func (f *folders) enter(parts []string) (*folder, error) {
	if f.now != nil && slices.Equal(parts, f.at) {
		return f.now, nil
	}
	from, rest := f.root, parts
	if f.now != nil && len(parts) > len(f.at) && slices.Equal(parts[:len(f.at)], f.at) {
		from, rest = f.now.root, parts[len(f.at):]
	}
	root, err := f.descend(from, rest)
	if err != nil {
		return nil, err
	}
	handle, err := root.Open(".")
	if err != nil {
		if root != f.root && (f.now == nil || root != f.now.root) {
			_ = root.Close()
		}
		return nil, err
	}
	f.leave()
	f.now, f.at = &folder{root, handle}, slices.Clone(parts)
	return f.now, nil
}

// descend opens one folder after the other; it closes those it opened on the way, and
// leaves from open.
func (f *folders) descend(from *os.Root, parts []string) (*os.Root, error) {
	at := from
	for i, part := range parts {
		next, err := openFolder(at, part)
		if err != nil {
			err = &fs.PathError{Op: "open", Path: strings.Join(parts[:i+1], "/"), Err: err}
		}
		if at != from {
			_ = at.Close()
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

func openFolder(in *os.Root, name string) (*os.Root, error) {
	info, err := in.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err = in.Mkdir(name, impliedFolder); err == nil {
			info, err = in.Lstat(name)
		}
	}
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil, unsafeEntry(name, "is a symbolic link that another entry goes through")
	}
	next, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	// Between the two calls it may have become a link to another folder of the
	// destination.
	opened, err := next.Stat(".")
	if err == nil && !os.SameFile(info, opened) {
		err = unsafeEntry(name, "was replaced while it was opened")
	}
	if err != nil {
		_ = next.Close()
		return nil, err
	}
	return next, nil
}
