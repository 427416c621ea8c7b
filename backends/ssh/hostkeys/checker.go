package hostkeys

import (
	"bytes"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
)

// Checker checks the key of one host.
type Checker struct {
	// Alias is what the user called the host, for messages.
	Alias string
	// Host is the name without a port; with IsAlias (HostKeyAlias) the port does not count.
	Host, Port string
	IsAlias    bool

	UserFiles, GlobalFiles []string
	RevokedFile            string
	Strict                 sshconfig.Strict
	Hash                   bool     // HashKnownHosts
	CAAlgorithms           []string // CASignatureAlgorithms; nil allows all
	// Warn gets what ssh would print; nil drops it.
	Warn func(string)

	entries []entry
	revoked []entry
}

// FromSettings makes a Checker from a host's settings and reads the files. It is nil if the
// host need not be checked: remote is the address that was connected to, nil where a
// jump host or a command leads to the host.
func FromSettings(s *sshconfig.Settings, remote net.Addr, warn func(string)) (*Checker, error) {
	c := &Checker{
		Alias: s.Alias, Host: strings.ToLower(s.LookupName()), Port: s.Port, IsAlias: s.HostKeyAlias != "",
		UserFiles: s.UserKnownHosts, GlobalFiles: s.GlobalKnownHosts, RevokedFile: s.RevokedHostKeys,
		Strict: s.StrictHostKeyChecking, Hash: s.HashKnownHosts, CAAlgorithms: s.CASignatureAlgorithms, Warn: warn,
	}
	// As in ssh, the address counts: what a command or a jump host calls localhost is another
	// host, and so is a host with a HostKeyAlias.
	if s.NoHostAuthForLocal && s.HostKeyAlias == "" && isLoopback(remote) {
		return nil, nil
	}
	return c, c.Load()
}

func isLoopback(remote net.Addr) bool {
	tcp, ok := remote.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// Load reads the files.
func (c *Checker) Load() (err error) {
	if c.entries, err = readFiles(slices.Concat(c.UserFiles, c.GlobalFiles)); err != nil {
		return err
	}
	c.revoked, err = readRevoked(c.RevokedFile)
	return err
}

// name returns how the files name the host.
func (c *Checker) name() string {
	if c.IsAlias || c.Port == "22" || c.Port == "" {
		return c.Host
	}
	return "[" + c.Host + "]:" + c.Port
}

// names are the names to look up, the exact one first: ssh takes a key that is known
// for the host without its port as well.
func (c *Checker) names() []string {
	if name := c.name(); name != c.Host {
		return []string{name, c.Host}
	}
	return []string{c.Host}
}

func (c *Checker) find(name, marker string) []entry {
	var found []entry
	for _, e := range c.entries {
		if e.marker == marker && e.matches(name) {
			found = append(found, e)
		}
	}
	return found
}

// Check returns an error unless the host may present the key: a *core.Error of kind
// HostKeyUnknown or HostKeyChanged.
func (c *Checker) Check(presented ssh.PublicKey) error {
	if e := c.findRevoked(presented); e != nil {
		return c.revokedError(presented, e)
	}
	cert, isCert := presented.(*ssh.Certificate)
	if isCert {
		done, err := c.checkCertificate(cert)
		if done {
			return err
		}
		presented = cert.Key // no authority vouches for it: it counts as the plain key
	}
	var same []entry
	for _, name := range c.names() {
		known := c.find(name, "")
		for _, e := range known {
			if equal(e.key, presented) {
				return nil
			}
		}
		if name == c.name() {
			same = known
		}
	}
	// A key of another type than the known ones is a change too: this host was asked
	// for the known types first.
	if len(same) > 0 {
		return c.changed(presented, same)
	}
	return c.unknown(presented)
}

func (c *Checker) findRevoked(key ssh.PublicKey) *entry {
	keys := []ssh.PublicKey{key}
	if cert, ok := key.(*ssh.Certificate); ok {
		keys = append(keys, cert.Key, cert.SignatureKey)
	}
	for _, k := range keys {
		for i := range c.revoked {
			if equal(c.revoked[i].key, k) {
				return &c.revoked[i]
			}
		}
		for i := range c.entries {
			e := &c.entries[i]
			if e.marker == "revoked" && equal(e.key, k) && slices.ContainsFunc(c.names(), e.matches) {
				return e
			}
		}
	}
	return nil
}

func equal(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
