package identity

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// keyFile is a private key file.
type keyFile struct {
	path      string
	text      []byte
	encrypted bool
	public    ssh.PublicKey // nil where only decrypting would show it
	signer    ssh.Signer    // nil while encrypted
	problem   string        // why it cannot be used
	missing   bool
	open      bool // others may read it
}

// readKeyFile reads what is readable without a passphrase.
func readKeyFile(path string) *keyFile {
	k := &keyFile{path: path, public: readPublic(path + ".pub")}
	info, err := os.Stat(path)
	if err != nil {
		k.missing = errors.Is(err, os.ErrNotExist)
		k.problem = fmt.Sprintf("%s cannot be read: %v", path, err)
		return k
	}
	// Like ssh, do not use a key of one's own that others may read.
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 != 0 {
		k.problem = fmt.Sprintf("%s is not used because others may read it (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
		k.open = true
		return k
	}
	if k.text, err = os.ReadFile(path); err != nil {
		k.problem = fmt.Sprintf("%s cannot be read: %v", path, err)
		return k
	}
	k.signer, err = ssh.ParsePrivateKey(k.text)
	var missing *ssh.PassphraseMissingError
	switch {
	case err == nil:
		k.public = k.signer.PublicKey()
	case errors.As(err, &missing):
		k.encrypted = true
		if missing.PublicKey != nil {
			k.public = missing.PublicKey
		}
	default:
		if public, _, _, _, pubErr := ssh.ParseAuthorizedKey(k.text); pubErr == nil {
			k.public = public // a public key as IdentityFile selects that key of the agent
			return k
		}
		k.problem = fmt.Sprintf("%s contains no usable private key: %s", path, strings.TrimPrefix(err.Error(), "ssh: "))
	}
	return k
}

func readPublic(path string) ssh.PublicKey {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

func readCertificate(path string) *ssh.Certificate {
	cert, _ := readPublic(path).(*ssh.Certificate)
	return cert
}

// unlock decrypts the key. passphrases is keyed by file; "" stands for any other file.
func (k *keyFile) unlock(passphrases map[string]string) error {
	if k.signer != nil {
		return nil
	}
	passphrase, ok := passphrases[k.path]
	if !ok {
		passphrase, ok = passphrases[""]
	}
	if !ok {
		return &lockedError{k.path}
	}
	signer, err := ssh.ParsePrivateKeyWithPassphrase(k.text, []byte(passphrase))
	if err != nil {
		return fmt.Errorf("%s is encrypted, and the passphrase given does not open it", k.path)
	}
	k.signer = signer
	return nil
}

// lockedError is the error of a key whose passphrase was not given.
type lockedError struct{ path string }

func (e *lockedError) Error() string {
	return fmt.Sprintf("%s is encrypted, and no agent has it: add it to an agent (ssh-add %s), or pass its passphrase (passphrase=...)", e.path, e.path)
}

func (k *keyFile) signWith(passphrases map[string]string) func([]byte, string) (*ssh.Signature, error) {
	return func(data []byte, algorithm string) (*ssh.Signature, error) {
		if err := k.unlock(passphrases); err != nil {
			return nil, err
		}
		return signWith(k.signer, data, algorithm)
	}
}
