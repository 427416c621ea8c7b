package hostkeys

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// line returns the line of known_hosts for a key.
func (c *Checker) line(key ssh.PublicKey) string {
	return c.name() + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// unknown decides about the key of an unknown host.
func (c *Checker) unknown(key ssh.PublicKey) error {
	if c.Strict == sshconfig.StrictAcceptNew || c.Strict == sshconfig.StrictNo {
		return c.accept(key)
	}
	file := "known_hosts"
	if len(c.UserFiles) > 0 {
		file = c.UserFiles[0]
	}
	fingerprint, line := ssh.FingerprintSHA256(key), c.line(key)
	return core.Errorf(core.KindHostKeyUnknown,
		"the host key of %s is not known: its %s key has the fingerprint %s. If that is the host's (there: ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), add this line to %s:\n%s",
		c.Alias, short(key.Type()), fingerprint, file, line).
		With("host", c.name()).With("key_type", key.Type()).With("fingerprint", fingerprint).
		With("known_hosts_line", line).With("known_hosts_file", file)
}

func (c *Checker) accept(key ssh.PublicKey) error {
	if len(c.UserFiles) == 0 {
		return nil
	}
	added, others, err := c.add(c.UserFiles[0], key)
	if err != nil {
		// A key that cannot be added is still accepted, as by ssh.
		c.warn(fmt.Sprintf("the host key of %s could not be added to %s: %v", c.Alias, c.UserFiles[0], err))
		return nil
	}
	if len(others) > 0 {
		return c.changed(key, others)
	}
	if !added {
		return nil
	}
	c.warn(fmt.Sprintf("added the %s key of %s (%s) to %s", short(key.Type()), c.name(), ssh.FingerprintSHA256(key), c.UserFiles[0]))
	return nil
}

// changed decides about a host that had another key before.
func (c *Checker) changed(key ssh.PublicKey, known []entry) error {
	old := known[0]
	for _, e := range known {
		if e.key.Type() == key.Type() {
			old = e
			break
		}
	}
	fingerprint := ssh.FingerprintSHA256(key)
	if c.Strict == sshconfig.StrictNo {
		c.warn(fmt.Sprintf("the host key of %s is not the one in %s line %d: now %s", c.Alias, old.file, old.line, fingerprint))
		return nil
	}
	return core.Errorf(core.KindHostKeyChanged,
		"the host key of %s has changed: %s line %d has the %s key %s, and the host presents the %s key %s. Somebody may be in the way, or the host was set up anew. If you know that it was, remove the old key (ssh-keygen -R '%s' -f %s) and add the new one",
		c.Alias, old.file, old.line, short(old.key.Type()), ssh.FingerprintSHA256(old.key), short(key.Type()), fingerprint, c.name(), old.file).
		With("host", c.name()).With("key_type", key.Type()).With("fingerprint", fingerprint).
		With("known_fingerprint", ssh.FingerprintSHA256(old.key)).With("file", old.file).With("line", old.line).
		With("known_hosts_line", c.line(key))
}

func (c *Checker) revokedError(key ssh.PublicKey, by *entry) error {
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	return core.Errorf(core.KindHostKeyChanged,
		"the host key of %s (%s) is revoked by %s line %d: do not connect before the host has a new key",
		c.Alias, ssh.FingerprintSHA256(key), by.file, by.line).
		With("host", c.name()).With("fingerprint", ssh.FingerprintSHA256(key)).With("revoked", true).
		With("file", by.file).With("line", by.line)
}

func (c *Checker) warn(text string) {
	if c.Warn != nil {
		c.Warn(text)
	}
}

// short returns a key type as people write it: ED25519, ECDSA, RSA.
func short(keyType string) string {
	switch {
	case strings.Contains(keyType, "ed25519"):
		return "ED25519"
	case strings.Contains(keyType, "ecdsa"):
		return "ECDSA"
	case strings.Contains(keyType, "rsa"):
		return "RSA"
	}
	return keyType
}
