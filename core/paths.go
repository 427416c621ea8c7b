package core

import "strings"

// SafeName reports whether a name that somebody else gave is one element of a path: what
// it names is in its folder and nowhere else.
func SafeName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// SafePath reports whether a path stays in the folder that it starts at: it is empty, or
// safe names with a slash between them.
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
