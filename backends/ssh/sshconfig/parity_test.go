package sshconfig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// directives with values that a config may have.
var directives = map[string][]string{
	"HostName":              {"10.0.0.7", "%h.example.org", "box"},
	"Port":                  {"22", "2222"},
	"User":                  {"ml", "root"},
	"IdentityFile":          {"~/.ssh/one", "/keys/%r@%h", "%d/two", "${KEYS}/three", "none"},
	"IdentitiesOnly":        {"yes", "no"},
	"IdentityAgent":         {"none", "SSH_AUTH_SOCK", "~/agent", "$KEYS", "/run/%u/agent"},
	"CertificateFile":       {"~/c-cert.pub", "/certs/%r"},
	"UserKnownHostsFile":    {"~/known", "/k/one /k/two", `"/with space/k"`, "none"},
	"GlobalKnownHostsFile":  {"/etc/one", "/dev/null"},
	"StrictHostKeyChecking": {"yes", "no", "off", "ask", "accept-new"},
	"HostKeyAlias":          {"other", "alias-of-it"},
	"HostKeyAlgorithms":     {"ssh-ed25519", "ssh-ed25519,rsa-sha2-512"},
	"ProxyJump":             {"a", "root@b:2200,c", "none"},
	"ProxyCommand":          {"nc %h %p", "none"},
	"ConnectTimeout":        {"7", "1m"},
	"ServerAliveInterval":   {"4", "15"},
	"ServerAliveCountMax":   {"2", "5"},
	"HashKnownHosts":        {"yes", "no"},
	"PubkeyAuthentication":  {"yes", "no"},
	"AddressFamily":         {"any", "inet", "inet6"},
}

var blocks = []string{"Host gpu7", "Host gpu*", "Host * !gpu7", "Host other", "Host ?pu7 other", "Host *", "Match host gpu7", "Match all", "Match host other,gpu*"}

// randomConfig writes a config in ssh's many spellings.
func randomConfig(r *rand.Rand, included string) string {
	var names []string
	for name := range directives {
		names = append(names, name)
	}
	slices.Sort(names)
	var out strings.Builder
	if r.IntN(3) == 0 {
		fmt.Fprintf(&out, "Include %s\n", included)
	}
	for range 1 + r.IntN(4) {
		fmt.Fprintf(&out, "%s\n", blocks[r.IntN(len(blocks))])
		for range r.IntN(6) {
			name := names[r.IntN(len(names))]
			values := directives[name]
			spelled := []string{name, strings.ToLower(name), strings.ToUpper(name)}[r.IntN(3)]
			between := []string{" ", "\t", " = ", "="}[r.IntN(4)]
			fmt.Fprintf(&out, "  %s%s%s\n", spelled, between, values[r.IntN(len(values))])
		}
		if r.IntN(3) == 0 {
			out.WriteString("  # a comment\n\n")
		}
	}
	return out.String()
}

// TestLibraryAgreesWithOpenSSH compares the settings without OpenSSH with those of
// ssh -G, for random configs.
func TestLibraryAgreesWithOpenSSH(t *testing.T) {
	path := os.Getenv("PATH")
	r := rand.New(rand.NewPCG(5, 20261124))
	refused := 0
	for n := range 150 {
		home := t.TempDir()
		included := filepath.Join(home, "included")
		write(t, included, randomConfig(r, "/nowhere"))
		config := randomConfig(r, included)
		write(t, filepath.Join(home, ".ssh", "config"), config)
		req := Request{Host: "gpu7", ConfigFile: filepath.Join(home, ".ssh", "config")}
		var got [2]*Settings
		for i, path := range []string{path, ""} {
			req.Environ = core.Environ{"PATH": path, "HOME": home, "SSH_AUTH_SOCK": "/run/agent", "KEYS": "/keys"}
			s, err := Resolve(context.Background(), req)
			if err != nil && path == "" && strings.Contains(err.Error(), "only be read by OpenSSH") {
				refused++ // better than to connect elsewhere
				break
			}
			if err != nil {
				t.Fatalf("config %d: %v\n%s", n, err, config)
			}
			got[i] = compared(s)
		}
		if got[1] != nil && !reflect.DeepEqual(got[0], got[1]) {
			text, _ := os.ReadFile(included)
			t.Errorf("config %d:\n%s\nincluded:\n%s\nssh:     %+v\nlibrary: %+v", n, config, text, *got[0], *got[1])
		}
	}
	if refused > 100 {
		t.Errorf("the library refused %d of 150 configs", refused)
	}
}

// compared leaves out what only OpenSSH prints: its defaults of algorithms.
func compared(s *Settings) *Settings {
	c := *s
	c.CASignatureAlgorithms, c.PubkeyAcceptedAlgorithms, c.KexAlgorithms, c.Ciphers, c.MACs = nil, nil, nil, nil, nil
	if c.IdentityFilesDefault {
		c.IdentityFiles = nil // which types are tried differs between versions
	}
	if len(c.HostKeyAlgorithms) > 2 {
		c.HostKeyAlgorithms = nil
	}
	return &c
}
