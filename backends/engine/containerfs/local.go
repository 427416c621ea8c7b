package containerfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// checkCopyPaths refuses invalid paths.
func checkCopyPaths(container, inside, local string) error {
	if err := CheckPath(container, inside); err != nil {
		return err
	}
	if err := checkText("local path", local); err != nil {
		return err
	}
	if !filepath.IsAbs(local) {
		return core.Errorf(core.KindInvalidArgument, "the local path %q is not absolute", local)
	}
	return nil
}

// CheckPath refuses an invalid path in a container.
func CheckPath(container, inside string) error {
	if err := checkText("container's name", container); err != nil {
		return err
	}
	return checkText("path in the container", inside)
}

func checkText(what, text string) error {
	if text == "" {
		return core.Errorf(core.KindInvalidArgument, "the %s is empty", what)
	}
	if strings.ContainsRune(text, 0) {
		return core.Errorf(core.KindInvalidArgument, "the %s has a NUL byte: %q", what, text)
	}
	return nil
}

// localSource inspects what is to be copied. It resolves links on the way, and with
// followLink also a link at the end.
func localSource(asked string, followLink bool) (Source, error) {
	asked = cleanCopyPath(asked)
	var resolved, rename string
	if followLink {
		real, err := filepath.EvalSymlinks(asked)
		if err != nil {
			return Source{}, fileerr.At(asked, err)
		}
		resolved, rename = followed(asked, real)
	} else {
		dir, base := filepath.Split(asked)
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return Source{}, fileerr.At(asked, err)
		}
		resolved = strings.TrimSuffix(real, "/") + "/" + base
		if strings.HasSuffix(asked, "/") && filepath.Base(asked) != filepath.Base(resolved) {
			rename = filepath.Base(asked)
		}
	}
	info, err := os.Lstat(resolved)
	if err != nil {
		return Source{}, fileerr.At(asked, err)
	}
	return Source{path: resolved, isDir: info.IsDir(), rename: rename}, nil
}

// maxLinks bounds how many links at a destination are followed.
const maxLinks = 10

// localTarget inspects a local destination and follows links there, including broken
// ones. Its folder must exist.
func localTarget(asked string) (Target, error) {
	at := cleanCopyPath(asked)
	info, err := os.Lstat(at)
	for n := 0; err == nil && info.Mode()&fs.ModeSymlink != 0; n++ {
		if n > maxLinks {
			return Target{}, core.Errorf(core.KindInvalidArgument, "too many symbolic links at %s", asked).With("path", asked)
		}
		link, readErr := os.Readlink(at)
		if readErr != nil {
			return Target{}, fileerr.At(asked, readErr)
		}
		if !filepath.IsAbs(link) {
			parent, _ := splitEntry(at)
			link = filepath.Join(parent, link)
		}
		at = link
		info, err = os.Lstat(at)
	}
	switch {
	case err == nil && info.Mode()&(fs.ModeDevice|fs.ModeIrregular) != 0:
		return Target{}, core.Errorf(core.KindInvalidArgument, "%s is a device: the destination must be a folder or a file", asked).
			With("path", asked)
	case err == nil:
		return Target{path: at, exists: true, isDir: info.IsDir()}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return Target{}, fileerr.At(asked, err)
	}
	parent, _ := splitEntry(at)
	info, err = os.Stat(parent)
	if err != nil {
		return Target{}, fileerr.At(parent, err)
	}
	if !info.IsDir() {
		return Target{}, core.Errorf(core.KindConflict, "%s is not a folder", parent).With("path", parent)
	}
	return Target{path: at}, nil
}
