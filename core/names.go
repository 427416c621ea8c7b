package core

import (
	"strings"
	"unicode"
)

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

// Characters that a shell would not treat as plain text. ssh puts hosts and users into the
// commands of ProxyCommand and Match exec unchanged, and so refuses the same characters.
const (
	shellCharacters     = "'`\"$\\;&<>|(){}"
	shellUserCharacters = "'`\";&<>|(){}" // a $ may be at the end, a \ between domain and user
)

// CheckSSHHost refuses invalid host names, as ssh does.
func CheckSSHHost(host string) error {
	if host == "" || host[0] == '-' {
		return Errorf(KindInvalidArgument, "%q is not a host name", host)
	}
	if i := strings.IndexFunc(host, func(r rune) bool {
		return strings.ContainsRune(shellCharacters, r) || unicode.IsSpace(r) || unicode.IsControl(r)
	}); i >= 0 {
		return Errorf(KindInvalidArgument, "the host name %q has a character that is not allowed in host names and that a shell could interpret", host)
	}
	return nil
}

// CheckSSHUser refuses user names that could be anything else, as ssh does; "" is the
// default user.
func CheckSSHUser(user string) error {
	bad := strings.HasPrefix(user, "-") || strings.HasSuffix(user, "\\") || strings.ContainsAny(user, shellUserCharacters) ||
		strings.ContainsFunc(user, unicode.IsControl) || strings.Contains(strings.TrimSuffix(user, "$"), "$")
	for at, r := range user { // "a -oX" would be a user and an option
		if unicode.IsSpace(r) && strings.HasPrefix(user[at+len(string(r)):], "-") {
			bad = true
		}
	}
	if bad {
		return Errorf(KindInvalidArgument, "the user name %q has characters that a shell or ssh could interpret", user)
	}
	return nil
}

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
