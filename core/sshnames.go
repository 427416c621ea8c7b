package core

import (
	"strings"
	"unicode"
)

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
