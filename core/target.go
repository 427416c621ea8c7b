package core

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// Scheme says which backend a target needs.
type Scheme string

// The schemes of targets.
const (
	SchemeDefault Scheme = "default" // what the docker CLI would use
	SchemeUnix    Scheme = "unix"
	SchemeTCP     Scheme = "tcp"
	SchemeSSH     Scheme = "ssh"
	SchemeContext Scheme = "context"
	SchemeSwarm   Scheme = "swarm" // a fleet, by its managers
)

// Target is a parsed target.
type Target struct {
	Scheme Scheme
	// Text is the target as the user wrote it.
	Text string
	// Path is the socket of unix://, or the engine's socket on the host of ssh://
	// ("" means where docker would look on that host).
	Path string
	// Host and Port belong to tcp:// and ssh://. Port is "" if none was given. For a
	// bare SSH destination, Host may be an alias from the ssh config.
	Host, Port string
	User       string
	// Name is the docker context of context://.
	Name string
}

// ParseTarget parses what connect takes. It opens nothing.
func ParseTarget(text string) (Target, error) {
	t := Target{Text: text}
	if strings.ContainsAny(text, "\x00\r\n\t ") {
		return t, badTarget(text, "it has white space or control characters")
	}
	switch text {
	case "", "local", "localhost", "127.0.0.1":
		t.Scheme = SchemeDefault
		return t, nil
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return parseDestination(t)
	}
	switch scheme {
	case "unix":
		return parseUnix(t, rest)
	case "context":
		if rest == "" || strings.ContainsAny(rest, "/\\") {
			return t, badTarget(text, "context:// needs the name of a docker context")
		}
		t.Scheme, t.Name = SchemeContext, rest
		return t, nil
	case "tcp", "ssh":
		return parseURL(t, Scheme(scheme))
	case "swarm", "swarm+unix", "swarm+context", "swarm+tcp":
		return parseFleet(t)
	}
	return t, badTarget(text, "the scheme "+redactPassword(scheme)+":// is unknown")
}

// parseFleet checks the target of each manager.
func parseFleet(t Target) (Target, error) {
	t.Scheme = SchemeSwarm
	for _, manager := range t.Managers() {
		if _, err := ParseTarget(manager); err != nil {
			return t, badTarget(t.Text, "its manager "+redactPassword(manager)+" is no target")
		}
	}
	return t, nil
}

// Managers returns the targets of a fleet's managers: of swarm://a,b those are ssh://a and ssh://b.
func (t Target) Managers() []string {
	scheme, rest, _ := strings.Cut(t.Text, "://")
	if scheme = strings.TrimPrefix(scheme, "swarm+"); scheme == "swarm" {
		scheme = "ssh"
	}
	var managers []string
	for manager := range strings.SplitSeq(rest, ",") {
		managers = append(managers, scheme+"://"+manager)
	}
	return managers
}

func parseUnix(t Target, path string) (Target, error) {
	if !strings.HasPrefix(path, "/") {
		return t, badTarget(t.Text, "unix:// needs an absolute path")
	}
	t.Scheme, t.Path = SchemeUnix, path
	return t, nil
}

func parseURL(t Target, scheme Scheme) (Target, error) {
	u, err := url.Parse(t.Text)
	if err != nil {
		// Not err's message, which repeats the target, including a password.
		return t, badTarget(t.Text, "it is not a URL")
	}
	if _, has := u.User.Password(); has {
		return t, badTarget(t.Text, noPassword)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return t, badTarget(t.Text, "it has a query or a fragment")
	}
	t.Scheme, t.Host, t.Port, t.User = scheme, u.Hostname(), u.Port(), u.User.Username()
	if t.Host == "" {
		return t, badTarget(t.Text, "it names no host")
	}
	if strings.HasPrefix(t.Host, "-") || strings.HasPrefix(t.User, "-") {
		return t, badTarget(t.Text, "host and user must not begin with a dash")
	}
	if t.Port != "" {
		if n, err := net.LookupPort("tcp", t.Port); err != nil || n == 0 {
			return t, badTarget(t.Text, "its port is not between 1 and 65535")
		}
	}
	path := strings.TrimSuffix(u.Path, "/")
	if scheme == SchemeSSH {
		t.Path = path
		return t, t.checkNames()
	}
	if path != "" {
		return t, badTarget(t.Text, "tcp:// takes no path")
	}
	if t.User != "" {
		return t, badTarget(t.Text, "tcp:// takes no user")
	}
	return t, nil
}

// parseDestination parses an SSH destination: host, user@host, an alias. A port needs
// ssh://, as with ssh.
func parseDestination(t Target) (Target, error) {
	user, host := "", t.Text
	if i := strings.LastIndexByte(t.Text, '@'); i >= 0 {
		user, host = t.Text[:i], t.Text[i+1:]
		if user == "" {
			return t, badTarget(t.Text, "the user before @ is empty")
		}
		if strings.ContainsRune(user, ':') {
			return t, badTarget(t.Text, noPassword)
		}
	}
	if host == "" || strings.HasPrefix(host, "-") || strings.HasPrefix(user, "-") {
		return t, badTarget(t.Text, "it names no SSH host")
	}
	if strings.ContainsAny(host, "/\\") {
		return t, badTarget(t.Text, "it looks like a path: a socket is written unix:///path")
	}
	if strings.Count(host, ":") == 1 {
		return t, badTarget(t.Text, "a port is written ssh://host:port")
	}
	t.Scheme, t.User, t.Host = SchemeSSH, user, host
	return t, t.checkNames()
}

func (t Target) checkNames() error {
	if err := errors.Join(CheckSSHHost(t.Host), CheckSSHUser(t.User)); err != nil {
		return badTarget(t.Text, err.Error())
	}
	return nil
}

const noPassword = "a password does not belong in a target: use a key or an agent"

// redactPassword removes the password from user:password@host, wherever it occurs.
func redactPassword(text string) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text
	}
	start := 0
	if i := strings.Index(text[:at], "://"); i >= 0 {
		start = i + len("://")
	}
	user, _, hasPassword := strings.Cut(text[start:at], ":")
	if !hasPassword {
		return text
	}
	return text[:start] + user + ":xxxxx" + text[at:]
}

func badTarget(text, why string) *Error {
	return Errorf(KindInvalidArgument,
		"%q is not a valid target: %s. Use None or \"local\", unix:///path, tcp://host:port, ssh://[user@]host[:port][/socket], context://name, swarm://[user@]host[:port][,...] or swarm+unix:///path for a fleet, or an SSH destination (host, user@host, an alias)", redactPassword(text), why)
}
