package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
)

// writeKey makes a key file, encrypted where there is a passphrase.
func writeKey(t *testing.T, path, passphrase string, mode os.FileMode) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), mode); err != nil {
		t.Fatal(err)
	}
}

// offered goes through the keys as a server that refuses each, and gives their names.
func offered(t *testing.T, keys *Keys) (names []string) {
	t.Helper()
	for {
		method, err := keys.Next(&ssh.ClientAuthContext{AllowedMethods: []string{"publickey"}})
		if err != nil {
			t.Fatal(err)
		}
		if method == nil {
			return names
		}
		names = append(names, filepath.Base(keys.offered[len(keys.offered)-1].name))
	}
}

func TestKeysOfFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	writeKey(t, file("plain"), "", 0o600)
	writeKey(t, file("locked"), "secret", 0o600)
	writeKey(t, file("open"), "", 0o644)
	if err := os.WriteFile(file("garbage"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := &sshconfig.Settings{
		Alias: "gpu7", User: "root", PubkeyAuthentication: true,
		IdentityFiles: []string{file("locked"), file("open"), file("missing"), file("garbage"), file("plain")},
	}
	keys := Load(t.Context(), settings, nil)
	defer keys.Close()
	if got := offered(t, keys); !slices.Equal(got, []string{"locked", "plain"}) {
		t.Errorf("offered in the order %q", got)
	}
	if len(keys.Warnings()) != 1 || !strings.Contains(keys.Warnings()[0], file("open")) {
		t.Errorf("warnings %q", keys.Warnings())
	}
	if keys.CouldNotSign() {
		t.Error("nobody has asked for a signature")
	}
	if _, err := keys.offered[0].Sign(rand.Reader, []byte("data")); err == nil || !keys.CouldNotSign() {
		t.Errorf("the locked key signed: %v", err)
	}
	err := keys.LoginError(settings, errors.New("refused"))
	for _, says := range []string{"root at gpu7", "ssh-add " + file("locked"), file("plain"), "chmod 600", "missing does not exist", "garbage contains no usable private key"} {
		if !strings.Contains(err.Message, says) {
			t.Errorf("%q does not say %q", err.Message, says)
		}
	}
	if locked, _ := err.Details["locked_keys"].([]string); !slices.Equal(locked, []string{file("locked")}) {
		t.Errorf("locked keys %q", err.Details["locked_keys"])
	}
}

// TestPassphrases: one for a file wins over the one for any file.
func TestPassphrases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locked")
	writeKey(t, path, "secret", 0o600)
	settings := &sshconfig.Settings{PubkeyAuthentication: true, IdentityFiles: []string{path}}
	for name, c := range map[string]struct {
		passphrases map[string]string
		opens       bool
	}{
		"for the file":       {map[string]string{path: "secret", "": "wrong"}, true},
		"for any":            {map[string]string{"": "secret"}, true},
		"wrong for the file": {map[string]string{path: "wrong", "": "secret"}, false},
		"none":               {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			keys := Load(t.Context(), settings, c.passphrases)
			defer keys.Close()
			offered(t, keys)
			signature, err := keys.offered[0].Sign(rand.Reader, []byte("data"))
			if (err == nil) != c.opens {
				t.Fatalf("%v", err)
			}
			if c.opens {
				err = keys.offered[0].public.Verify([]byte("data"), signature)
			}
			if c.opens && err != nil || !c.opens && strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
		})
	}
}
