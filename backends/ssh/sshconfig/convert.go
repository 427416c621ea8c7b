package sshconfig

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

func itoa(n int) string { return strconv.Itoa(n) }

// settings converts the raw settings into typed ones.
func (v values) settings(req Request) (*Settings, error) {
	if err := v.refuseUnsupported(); err != nil {
		return nil, err
	}
	s := &Settings{
		Alias:                req.Host,
		Port:                 or(v.one("port"), "22"),
		User:                 or(v.one("user"), localUser(req.Environ)),
		IdentitiesOnly:       yes(v.one("identitiesonly")),
		PubkeyAuthentication: !strings.EqualFold(or(v.one("pubkeyauthentication"), "yes"), "no") && v.one("pubkeyauthentication") != "false",
		HashKnownHosts:       yes(v.one("hashknownhosts")),
		NoHostAuthForLocal:   yes(v.one("nohostauthenticationforlocalhost")),
		AddressFamily:        or(v.one("addressfamily"), "any"),
	}
	if !isNone(v.one("pkcs11provider")) {
		s.PKCS11Provider = v.one("pkcs11provider")
	}
	s.StrictHostKeyChecking = strict(v.one("stricthostkeychecking"))
	if s.StrictHostKeyChecking == "" {
		return nil, core.Errorf(core.KindInvalidArgument, "the ssh config has StrictHostKeyChecking %q", v.one("stricthostkeychecking"))
	}
	// %h in HostName is the name as it was given.
	names := newExpander(&Settings{Alias: req.Host, HostName: req.Host, Port: s.Port, User: s.User}, req)
	var err error
	if s.HostName, err = names.percent(or(v.one("hostname"), req.Host)); err != nil {
		return nil, err
	}
	s.HostKeyAlias = v.one("hostkeyalias")
	s.BindAddress = v.one("bindaddress")
	if err := v.numbers(s); err != nil {
		return nil, err
	}
	v.algorithms(s)
	if !isNone(v.one("proxyjump")) {
		s.ProxyJump = strings.Split(v.one("proxyjump"), ",")
	}
	return s, v.expanded(s, req)
}

func (v values) numbers(s *Settings) error {
	seconds := func(name string) (time.Duration, error) {
		text := v.one(name)
		if isNone(text) {
			return 0, nil
		}
		d, ok := parseTime(text)
		if !ok {
			return 0, core.Errorf(core.KindInvalidArgument, "the ssh config has %s %q, which is not a time", name, text)
		}
		return d, nil
	}
	var err error
	if s.ConnectTimeout, err = seconds("connecttimeout"); err != nil {
		return err
	}
	if s.ServerAliveInterval, err = seconds("serveraliveinterval"); err != nil {
		return err
	}
	if s.ServerAliveCountMax, err = strconv.Atoi(or(v.one("serveralivecountmax"), "3")); err != nil {
		return core.Errorf(core.KindInvalidArgument, "the ssh config has ServerAliveCountMax %q", v.one("serveralivecountmax"))
	}
	return nil
}

// expanded fills in the settings with tokens and paths.
func (v values) expanded(s *Settings, req Request) error {
	e := newExpander(s, req)
	var err error
	identities := v["identityfile"]
	if len(identities) == 0 {
		identities = defaultIdentities
	}
	s.IdentityFilesDefault = isDefault(identities)
	if s.IdentityFiles, err = e.paths(unquoted(identities)); err != nil {
		return err
	}
	if s.CertificateFiles, err = e.paths(unquoted(v["certificatefile"])); err != nil {
		return err
	}
	known := words(or(v.one("userknownhostsfile"), "~/.ssh/known_hosts ~/.ssh/known_hosts2"))
	if s.UserKnownHosts, err = e.paths(ownHomes(rejoined(known), e.home)); err != nil {
		return err
	}
	global := words(or(v.one("globalknownhostsfile"), "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"))
	if s.GlobalKnownHosts, err = e.paths(rejoined(global)); err != nil {
		return err
	}
	if !isNone(v.one("revokedhostkeys")) {
		if s.RevokedHostKeys, err = e.path(v.one("revokedhostkeys")); err != nil {
			return err
		}
	}
	if command := v.one("proxycommand"); !isNone(command) {
		s.ProxyJump = nil // in ssh the first of the two wins, and -G shows only that one
		if s.ProxyCommand, err = e.percent(command); err != nil {
			return err
		}
	}
	return v.agent(s, e, req)
}

func (v values) agent(s *Settings, e expander, req Request) (err error) {
	switch agent := strings.Trim(v.one("identityagent"), `"`); {
	case agent == "" || agent == "SSH_AUTH_SOCK":
		s.IdentityAgent = req.Environ.Get("SSH_AUTH_SOCK")
	case strings.EqualFold(agent, "none"):
	case strings.HasPrefix(agent, "$") && !strings.HasPrefix(agent, "${"):
		s.IdentityAgent = req.Environ.Get(agent[1:])
	default:
		s.IdentityAgent, err = e.path(ownHome(agent, e.home))
	}
	return err
}

// ownHome replaces the passwd file's home, which ssh -G uses for ~ and for the default
// files, by the caller's. A file that exists under its given name stays.
func ownHome(path, home string) string {
	other := passwdHome()
	rest, under := strings.CutPrefix(path, strings.TrimSuffix(other, "/")+"/")
	isDefault := rest == ".ssh/known_hosts" || rest == ".ssh/known_hosts2"
	if home == other || !under || (!isDefault && exists(path)) {
		return path
	}
	return strings.ReplaceAll(home, "%", "%%") + "/" + rest
}

func ownHomes(paths []string, home string) []string {
	out := make([]string, len(paths))
	for i, path := range paths {
		out[i] = ownHome(path, home)
	}
	return out
}

// rejoined joins what ssh -G splits: it prints names with white space without quotes. Each
// name in a list of files begins like a path.
func rejoined(paths []string) []string {
	var out []string
	for _, path := range paths {
		if len(out) > 0 && !strings.ContainsAny(path[:1], "/~%$") && !isNone(path) {
			out[len(out)-1] += " " + path
		} else {
			out = append(out, path)
		}
	}
	return out
}

// refuseUnsupported names a directive that changes whom we talk to and that only OpenSSH
// supports.
func (v values) refuseUnsupported() error {
	var names []string
	if !isNone(v.one("knownhostscommand")) {
		names = append(names, "KnownHostsCommand")
	}
	if yes(v.one("proxyusefdpass")) {
		names = append(names, "ProxyUseFdpass")
	}
	if !isNone(v.one("bindinterface")) {
		names = append(names, "BindInterface")
	}
	if _, dumped := v["canonicaldomains"]; !dumped && !isNone(v.one("canonicalizehostname")) && !no(v.one("canonicalizehostname")) {
		names = append(names, "CanonicalizeHostname (without OpenSSH)")
	}
	if len(names) == 0 {
		return nil
	}
	return core.Errorf(core.KindInvalidArgument, "the ssh config sets %s for this host, which is not supported: unset it for this host, or use -F with a config of its own (ssh_config)",
		strings.Join(names, " and ")).With("directives", names)
}

var defaultIdentities = []string{
	"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk",
}

func isDefault(files []string) bool {
	for _, file := range files {
		dir, name := filepath.Split(file)
		if dir != "~/.ssh/" || !strings.HasPrefix(name, "id_") {
			return false
		}
	}
	return len(files) >= 4
}

func strict(text string) Strict {
	switch strings.ToLower(text) {
	case "", "ask":
		return StrictAsk
	case "yes", "true":
		return StrictYes
	case "no", "off", "false":
		return StrictNo
	case "accept-new":
		return StrictAcceptNew
	}
	return ""
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func yes(text string) bool { return strings.EqualFold(text, "yes") || text == "true" }
func no(text string) bool  { return strings.EqualFold(text, "no") || text == "false" }
