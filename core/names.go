package core

import "strings"

// ContainerName checks a container's name, and removes the "/" that the engine puts
// in front. It must not reach the engine unchecked: in a URL, an empty name, a slash
// or ".." would turn the request into another one.
func ContainerName(name string) (string, error) {
	trimmed := strings.TrimPrefix(name, "/")
	switch {
	case strings.TrimSpace(trimmed) == "":
		return "", Errorf(KindInvalidArgument, "the container's name is empty")
	case strings.ContainsAny(trimmed, "/\\"), trimmed == ".", trimmed == "..":
		return "", Errorf(KindInvalidArgument, "%q is not a valid container name: use letters and digits, and _.- after the first character", shorten(name))
	case hasControl(trimmed):
		return "", Errorf(KindInvalidArgument, "the container's name %q has a NUL byte or another control character", shorten(name))
	}
	return trimmed, nil
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
