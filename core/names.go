package core

import "strings"

// ContainerName checks a container's name, and removes the "/" that the engine puts
// in front. It must not reach the engine unchecked: in a URL, an empty name, a slash
// or ".." would turn the request into another one.
func ContainerName(name string) (string, error) {
	trimmed := strings.TrimPrefix(name, "/")
	if err := checkName("container", trimmed); err != nil {
		return "", err
	}
	return trimmed, nil
}

// VolumeName checks a volume's name, for the same reason.
func VolumeName(name string) error { return checkName("volume", name) }

// NetworkName checks a network's name, for the same reason.
func NetworkName(name string) error { return checkName("network", name) }

func checkName(of, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return Errorf(KindInvalidArgument, "the %s's name is empty", of)
	case strings.ContainsAny(name, "/\\"), name == ".", name == "..":
		return Errorf(KindInvalidArgument, "%q is not a valid %s name: use letters and digits, and _.- after the first character", shorten(name), of)
	case hasControl(name):
		return Errorf(KindInvalidArgument, "the %s's name %q has a NUL byte or another control character", of, shorten(name))
	}
	return nil
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
