package containerfs

import (
	"path"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// Source is the source of a copy.
type Source struct {
	path  string // a trailing "/." means the content
	isDir bool
	// rename is the name the caller used, if links changed it in path.
	rename string
}

// Target is what exists at a copy's destination.
type Target struct {
	path   string // symbolic links resolved
	exists bool
	isDir  bool
}

// placeCopy is the naming rule of docker cp: which folder the archive goes into, and the
// name of its top there ("." is the content itself).
func placeCopy(src Source, dst Target) (dir, name string, err error) {
	if dst.exists && dst.isDir {
		if src.rename != "" {
			return dst.path, src.rename, nil
		}
		return dst.path, archiveBase(src.path), nil
	}
	if dst.exists && src.isDir {
		return "", "", core.Errorf(core.KindConflict, "%s is a file: the folder %s cannot be copied over it", dst.path, src.path).
			With("path", dst.path)
	}
	if !dst.exists && !src.isDir && namesFolder(dst.path) {
		return "", "", core.Errorf(core.KindPathNotFound, "there is no folder %s: make it first, or leave out the / at its end", dst.path).
			With("path", dst.path)
	}
	dir, name = splitEntry(dst.path)
	return dir, name, nil
}

// archiveBase returns the name of the top of src's archive: "." for "dir/." and for the
// root.
func archiveBase(src string) string {
	if _, base := splitEntry(src); base != "/" {
		return base
	}
	return "."
}

// namesFolder reports whether a path can only be a folder's.
func namesFolder(p string) bool { return strings.HasSuffix(p, "/") || path.Base(p) == "." }

// splitEntry splits a path before its last component. "dir/." ends in ".".
func splitEntry(p string) (dir, base string) {
	clean := path.Clean(p)
	if path.Base(p) == "." {
		clean += "/."
	}
	return path.Dir(clean), path.Base(clean)
}

// cleanCopyPath cleans a path but keeps a trailing "/" or "/.", which have a meaning.
func cleanCopyPath(p string) string {
	clean := path.Clean(p)
	if path.Base(p) == "." && path.Base(clean) != "." {
		return strings.TrimSuffix(clean, "/") + "/."
	}
	if strings.HasSuffix(p, "/") && !strings.HasSuffix(clean, "/") {
		clean += "/"
	}
	return clean
}

// followed returns the path that a link led to, with the trailing part of the caller's path,
// and the caller's last name if it differs.
func followed(asked, resolved string) (full, rename string) {
	if path.Base(asked) == "." && path.Base(resolved) != "." {
		resolved += "/."
	}
	if strings.HasSuffix(asked, "/") && !strings.HasSuffix(resolved, "/") {
		resolved += "/"
	}
	if path.Base(asked) != path.Base(resolved) {
		rename = path.Base(asked)
	}
	return resolved, rename
}
