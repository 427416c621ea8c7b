package hostkeys

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

func newKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func text(key ssh.PublicKey) string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) }

func certificate(t testing.TB, ca, host ssh.Signer, change func(*ssh.Certificate)) ssh.PublicKey {
	t.Helper()
	cert := &ssh.Certificate{Key: host.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{"gpu7"}, ValidBefore: ssh.CertTimeInfinity}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return cert
}

func checker(t testing.TB, port, file string, strict sshconfig.Strict) *Checker {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &Checker{Alias: "gpu7", Host: "gpu7", Port: port, UserFiles: []string{path}, Strict: strict}
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	key, other, ca := newKey(t), newKey(t), newKey(t)
	k, o, a := text(key.PublicKey()), text(other.PublicKey()), text(ca.PublicKey())
	cert := certificate(t, ca, key, nil)
	tests := []struct {
		name, port, file string
		key              ssh.PublicKey
		kind             core.Kind
		line             int // in the details
	}{
		{"known", "22", "gpu7 " + k, key.PublicKey(), "", 0},
		{"case of the name", "22", "GPU7 " + k, key.PublicKey(), "", 0},
		{"among several", "22", "# text\n\ngpu6,gpu7,10.0.0.7 " + k, key.PublicKey(), "", 0},
		{"pattern", "22", "gpu? " + k, key.PublicKey(), "", 0},
		{"negated", "22", "gpu*,!gpu7 " + k, key.PublicKey(), core.KindHostKeyUnknown, 0},
		{"hashed", "22", knownhosts.HashHostname("gpu7") + " " + k, key.PublicKey(), "", 0},
		{"hashed with port", "2222", knownhosts.HashHostname("[gpu7]:2222") + " " + k, key.PublicKey(), "", 0},
		{"with port", "2222", "[gpu7]:2222 " + k, key.PublicKey(), "", 0},
		{"other port", "22", "[gpu7]:2222 " + k, key.PublicKey(), core.KindHostKeyUnknown, 0},
		{"known without the port", "2222", "gpu7 " + k, key.PublicKey(), "", 0},
		{"other key without the port", "2222", "gpu7 " + o, key.PublicKey(), core.KindHostKeyUnknown, 0},
		{"unknown", "22", "gpu6 " + k, key.PublicKey(), core.KindHostKeyUnknown, 0},
		{"empty", "22", "", key.PublicKey(), core.KindHostKeyUnknown, 0},
		{"broken line", "22", "gpu7 ssh-ed25519 nonsense\ngpu7 " + k, key.PublicKey(), "", 0},
		{"changed", "22", "gpu6 " + k + "\n\ngpu7 " + o, key.PublicKey(), core.KindHostKeyChanged, 3},
		{"two keys", "22", "gpu7 " + o + "\ngpu7 " + k, key.PublicKey(), "", 0},
		{"revoked", "22", "gpu7 " + k + "\n@revoked * " + k, key.PublicKey(), core.KindHostKeyChanged, 2},
		{"authority", "22", "@cert-authority gpu* " + a, cert, "", 0},
		{"authority for others", "22", "@cert-authority cpu* " + a, cert, core.KindHostKeyUnknown, 0},
		{"authority revoked", "22", "@cert-authority gpu* " + a + "\n@revoked * " + a, cert, core.KindHostKeyChanged, 2},
		{"certified key revoked", "22", "@cert-authority gpu* " + a + "\n@revoked gpu7 " + k, cert, core.KindHostKeyChanged, 2},
		{"certificate of a known key", "22", "gpu7 " + k, cert, "", 0},
		{"an authority is no host", "22", "@cert-authority gpu7 " + k, key.PublicKey(), core.KindHostKeyUnknown, 0},
		{"certificate for another host", "22", "@cert-authority * " + a, certificate(t, ca, key, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"gpu8"} }), core.KindHostKeyUnknown, 0},
		{"certificate for any host", "22", "@cert-authority * " + a, certificate(t, ca, key, func(c *ssh.Certificate) { c.ValidPrincipals = nil }), core.KindHostKeyUnknown, 0},
		{"certificate expired", "22", "@cert-authority * " + a, certificate(t, ca, key, func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Hour).Unix()) }), core.KindHostKeyUnknown, 0},
		{"certificate of a user", "22", "@cert-authority * " + a, certificate(t, ca, key, func(c *ssh.Certificate) { c.CertType = ssh.UserCert }), core.KindHostKeyUnknown, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := checker(t, tt.port, tt.file, sshconfig.StrictAsk)
			err := c.Check(tt.key)
			if core.KindOf(err) != tt.kind {
				t.Fatalf("error %v, want kind %q", err, tt.kind)
			}
			if tt.line > 0 {
				e := err.(*core.Error)
				if e.Details["line"] != tt.line || e.Details["file"] != c.UserFiles[0] || !strings.Contains(e.Message, fmt.Sprintf("line %d", tt.line)) {
					t.Errorf("details %v of %v", e.Details, err)
				}
			}
		})
	}
}

func TestUnknownSaysWhatToAdd(t *testing.T) {
	key := newKey(t).PublicKey()
	c := checker(t, "2222", "", sshconfig.StrictYes)
	err := c.Check(key).(*core.Error)
	line := "[gpu7]:2222 " + text(key)
	if err.Details["known_hosts_line"] != line || err.Details["fingerprint"] != ssh.FingerprintSHA256(key) {
		t.Errorf("details %v", err.Details)
	}
	for _, part := range []string{line, ssh.FingerprintSHA256(key), c.UserFiles[0]} {
		if !strings.Contains(err.Message, part) {
			t.Errorf("%q does not say %q", err.Message, part)
		}
	}
	// The line does what the message promises.
	c = checker(t, "2222", line+"\n", sshconfig.StrictYes)
	if err := c.Check(key); err != nil {
		t.Error(err)
	}
}

func TestAcceptNew(t *testing.T) {
	key, other := newKey(t).PublicKey(), newKey(t).PublicKey()
	for _, hash := range []bool{false, true} {
		c := checker(t, "22", "gpu6 "+text(other), sshconfig.StrictAcceptNew) // no end of line
		c.Hash = hash
		if err := c.Check(key); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(c.UserFiles[0])
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(file), "\n"); lines != 2 || strings.Contains(string(file), "gpu7") == hash {
			t.Errorf("hash %v: file is %q", hash, file)
		}
		again := &Checker{Alias: "gpu7", Host: "gpu7", Port: "22", UserFiles: c.UserFiles, Strict: sshconfig.StrictYes}
		if err := again.Load(); err != nil {
			t.Fatal(err)
		}
		if err := again.Check(key); err != nil {
			t.Error(err)
		}
		if err := again.Check(other); core.KindOf(err) != core.KindHostKeyChanged {
			t.Errorf("error %v", err)
		}
	}
}

func TestChangedIsRefusedUnlessStrictIsNo(t *testing.T) {
	key, other := newKey(t).PublicKey(), newKey(t).PublicKey()
	for strict, kind := range map[sshconfig.Strict]core.Kind{
		sshconfig.StrictAcceptNew: core.KindHostKeyChanged, sshconfig.StrictAsk: core.KindHostKeyChanged, sshconfig.StrictNo: "",
	} {
		warned := ""
		c := checker(t, "22", "gpu7 "+text(other)+"\n", strict)
		c.Warn = func(message string) { warned = message }
		if err := c.Check(key); core.KindOf(err) != kind {
			t.Errorf("%s: error %v", strict, err)
		}
		if (warned != "") != (strict == sshconfig.StrictNo) {
			t.Errorf("%s: warned %q", strict, warned)
		}
	}
}

func TestManyAddAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "known_hosts")
	key := newKey(t).PublicKey()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			c := &Checker{Host: fmt.Sprintf("gpu%d", i%5), Port: "22", UserFiles: []string{path}, Strict: sshconfig.StrictAcceptNew}
			if err := c.Check(key); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(parse(file, path)); n != 5 || strings.Count(string(file), "\n") != 5 {
		t.Errorf("%d entries in %q", n, file)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestRacingKeyIsNotAccepted(t *testing.T) {
	key, other := newKey(t).PublicKey(), newKey(t).PublicKey()
	c := checker(t, "22", "", sshconfig.StrictAcceptNew)
	if err := os.WriteFile(c.UserFiles[0], []byte("gpu7 "+text(other)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(key); core.KindOf(err) != core.KindHostKeyChanged {
		t.Errorf("error %v", err)
	}
}

func TestRevokedHostKeys(t *testing.T) {
	key := newKey(t).PublicKey()
	file := filepath.Join(t.TempDir(), "revoked")
	if err := os.WriteFile(file, []byte("# lost\n"+text(key)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := checker(t, "22", "gpu7 "+text(key), sshconfig.StrictNo)
	c.RevokedFile = file
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	err, ok := c.Check(key).(*core.Error)
	if !ok || err.Kind != core.KindHostKeyChanged || err.Details["line"] != 2 {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(file, []byte("SSHKRL\n\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Load(); core.KindOf(err) != core.KindInvalidArgument {
		t.Errorf("error %v", err)
	}
}

func TestOrder(t *testing.T) {
	key := newKey(t).PublicKey()
	all := []string{ssh.CertAlgoRSASHA512v01, ssh.CertAlgoED25519v01, ssh.KeyAlgoECDSA256, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoED25519}
	tests := []struct{ name, file, want string }{
		{"nothing known", "", all[0]},
		{"a key is known", "gpu7 " + text(key), ssh.CertAlgoED25519v01},
		{"an authority is known", "@cert-authority gpu7 " + text(key), ssh.CertAlgoRSASHA512v01},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := checker(t, "22", tt.file, sshconfig.StrictYes).Order(all)
			if got[0] != tt.want || len(got) != len(all) {
				t.Errorf("order %v", got)
			}
		})
	}
}
