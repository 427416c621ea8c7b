package core

import (
	"strings"
	"unicode"
)

// What a shell would not take as plain text. ssh puts hosts and users into the commands of
// ProxyCommand and Match exec as they are, and so refuses the same characters.
const (
	shellCharacters     = "'`\"$\\;&<>|(){}"
	shellUserCharacters = "'`\";&<>|(){}" // a $ may be at the end, a \ between domain and user
)

// CheckSSHHost refuses host names that are no host's, as ssh does.
func CheckSSHHost(host string) error {
	if host == "" || host[0] == '-' {
		return Errorf(KindInvalidArgument, "%q is no host name", host)
	}
	if i := strings.IndexFunc(host, func(r rune) bool {
		return strings.ContainsRune(shellCharacters, r) || unicode.IsSpace(r) || unicode.IsControl(r)
	}); i >= 0 {
		return Errorf(KindInvalidArgument, "the host name %q has a character that no host name has, and that a shell would not take as it is", host)
	}
	return nil
}

// CheckSSHUser refuses names of users that could be anything else, as ssh does; "" is for
// the usual one.
func CheckSSHUser(user string) error {
	bad := strings.HasPrefix(user, "-") || strings.HasSuffix(user, "\\") || strings.ContainsAny(user, shellUserCharacters) ||
		strings.ContainsFunc(user, unicode.IsControl) || strings.Contains(strings.TrimSuffix(user, "$"), "$")
	for at, r := range user { // "a -oX" would be a user and an option
		if unicode.IsSpace(r) && strings.HasPrefix(user[at+len(string(r)):], "-") {
			bad = true
		}
	}
	if bad {
		return Errorf(KindInvalidArgument, "the user name %q has characters that a shell or ssh would not take as they are", user)
	}
	return nil
}
