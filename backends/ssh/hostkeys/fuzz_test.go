package hostkeys

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// FuzzKnownHosts: a host is known only where its key is in the file, however the file
// looks.
func FuzzKnownHosts(f *testing.F) {
	const known = "AAAAC3NzaC1lZDI1NTE5AAAAIGw0vFfYMiJDlvXyCYJ2TwbYTtMIFzpcoFUUNu2JTiMN"
	f.Add([]byte("gpu7 ssh-ed25519 " + known + "\n@revoked * ssh-ed25519 " + known + "\n"))
	f.Add([]byte("|1|x|y ssh-ed25519 " + known))
	f.Add([]byte("*,!gpu7,[gpu7]:22 ssh-rsa AAAA\n@cert-authority gpu? ssh-ed25519 " + known + " comment\n\x00"))
	presented, _, _, _, err := ssh.ParseAuthorizedKey([]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &Checker{Alias: "gpu7", Host: "gpu7", Port: "22", Strict: sshconfig.StrictYes, entries: parse(text, "known_hosts")}
		if err := c.Check(presented); err == nil && !bytes.Contains(text, []byte("AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")) {
			t.Errorf("the key is taken from %q", text)
		}
	})
}

// TestEndlessKnownHosts: a file without an end is an error that names it.
func TestEndlessKnownHosts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, bounded.Limit+1); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]*Checker{"known": {UserFiles: []string{path}}, "revoked": {RevokedFile: path}} {
		if err := c.Load(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "64 MiB") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
