package core

import "strings"

// SafeName reports whether a name from a remote side is a single element of a path: what
// it names is in its folder and nowhere else.
func SafeName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// SafePath reports whether a relative path stays in its folder: it is empty, or consists
// of safe names separated by slashes.
func SafePath(path string) bool {
	if path == "" {
		return true
	}
	for name := range strings.SplitSeq(path, "/") {
		if !SafeName(name) {
			return false
		}
	}
	return true
}
