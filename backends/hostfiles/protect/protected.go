// Package protect decides which paths of a host are refused: paths that are not absolute, and
// paths that must not be deleted, because the system, an engine or a user needs them. Its
// functions do not ask the host. It imports only core.
package protect

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Known is what is known about a host, to decide what must not be deleted. The paths are
// absolute.
type Known struct {
	// Homes are home folders.
	Homes []string
	// DataRoots are where engines keep their data.
	DataRoots []string
	// Mounts are mount points.
	Mounts []string
}

// Reason returns why neither a path with its content nor anything in it may be deleted; ""
// if it may be. The path has no symlinks on the way and is clean.
func Reason(resolved string, host Known) (why string) {
	if why := ByName(resolved); why != "" {
		return why
	}
	for _, root := range slices.Concat(defaultDataRoots, host.DataRoots) {
		if root = path.Clean(root); root == resolved || below(resolved, root) || below(root, resolved) {
			return "an engine keeps its data in " + root
		}
	}
	for _, home := range host.Homes {
		if home = path.Clean(home); home == resolved {
			return "it is a home folder"
		} else if below(home, resolved) {
			return "there is a home folder in it: " + home
		}
	}
	for _, mount := range host.Mounts {
		if mount = path.Clean(mount); mount == resolved {
			return "it is a mount point"
		} else if below(mount, resolved) {
			return "there is a mount point in it: " + mount
		}
	}
	return ""
}

// ByName is Reason by the path alone.
func ByName(resolved string) (why string) {
	parts := strings.Split(strings.TrimPrefix(resolved, "/"), "/")
	first, last := parts[0], parts[len(parts)-1]
	switch {
	case first == "":
		return "it is the root of the file system"
	case len(parts) == 1:
		return "it is directly below /"
	case systemFolder.MatchString(first) && !(len(parts) > 3 && first == "usr" && parts[1] == "local"):
		return "what is in /" + first + " belongs to the system"
	case len(parts) == 2 && slices.Contains(ownedByPackages, first):
		return "it is a folder of the system"
	case isHomeName(parts):
		return "it may be the home folder of " + last
	case slices.ContainsFunc(parts, func(part string) bool { return strings.HasPrefix(part, containerdPlugin) }):
		return "containerd keeps its data there"
	}
	return ""
}

// isHomeName reports whether a path looks like a home folder, which the host's list of
// users may lack: /home/NAME, and the same on another file system, as /nfs/home/NAME.
func isHomeName(parts []string) bool {
	n := len(parts)
	return n == 2 && slices.Contains(homes, parts[0]) || n == 3 && parts[1] == "home"
}

var (
	systemFolder     = regexp.MustCompile(`^(bin|boot|dev|etc|lib([a-z]?[0-9]+|exec)?|proc|run|sbin|sys|usr)$`)
	defaultDataRoots = []string{"/var/lib/docker", "/var/lib/containerd"}
)

// containerdPlugin begins the names of folders in containerd's root.
const containerdPlugin = "io.containerd."

// Except leaves out the paths that are kept, either themselves or a folder above them.
func (k Known) Except(kept func(path string) bool) Known {
	return Known{
		Homes:     slices.DeleteFunc(slices.Clone(k.Homes), kept),
		DataRoots: slices.DeleteFunc(slices.Clone(k.DataRoots), kept),
		Mounts:    slices.DeleteFunc(slices.Clone(k.Mounts), kept),
	}
}

// below reports whether p is in the folder, at any depth.
func below(p, folder string) bool { return strings.HasPrefix(p, folder+"/") }
