package bed

import "testing"

// SSHD is an sshd on loopback with throw-away keys.
type SSHD struct {
	Name         string            `json:"-"`
	Host         string            `json:"host"`
	Port         int               `json:"port"`
	User         string            `json:"user"`
	Launcher     []string          `json:"launcher"`     // runs the command that follows on a host like this sshd's
	Key          string            `json:"key"`          // path of a private key it accepts
	Keys         map[string]string `json:"keys"`         // ed25519, ecdsa, rsa, encrypted, stranger, certified
	Passphrase   string            `json:"passphrase"`   // of the encrypted key
	Certificate  string            `json:"certificate"`  // of the certified key; only at "sshd-ca"
	HostCA       string            `json:"host_ca"`      // public key that signed its host key; only at "sshd-ca"
	KnownHosts   string            `json:"known_hosts"`  // knows every sshd of the testbed
	SSHConfig    string            `json:"ssh_config"`   // a client configuration with an alias for each sshd
	Alias        string            `json:"alias"`        // this one's alias there
	HostKeys     []string          `json:"host_keys"`    // paths of its public host keys
	Fingerprints map[string]string `json:"fingerprints"` // SHA256:... by key type ("ssh-ed25519")
	Log          string            `json:"log"`          // path of its log, at level VERBOSE
	PID          int               `json:"pid"`
}

// SSHD returns one sshd by name.
func (s State) SSHD(t testing.TB, name string) SSHD {
	t.Helper()
	sshd := part[SSHD](t, s, name, "sshd")
	sshd.Name = name
	return sshd
}
