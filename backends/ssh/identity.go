package ssh

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// identity is one public key to offer, with a way to sign for it. A private key in a
// file is decrypted only when the server wants that key.
type identity struct {
	public ssh.PublicKey // a plain key or a certificate
	where  string        // for messages: a file, or the agent
	sign   func(data []byte, algorithm string) (*ssh.Signature, error)
	// algorithms the signature may have; nil means what the key can.
	allowed []string

	asked   bool // the server accepts the key and wants a signature
	problem error
}

var _ ssh.MultiAlgorithmSigner = (*identity)(nil)

func (i *identity) PublicKey() ssh.PublicKey { return i.public }

func (i *identity) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	return i.SignWithAlgorithm(r, data, "")
}

func (i *identity) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	i.asked = true
	signature, err := i.sign(data, algorithm)
	i.problem = err
	return signature, err
}

// Algorithms are the signature algorithms of the key, best first.
func (i *identity) Algorithms() []string {
	kind := i.public.Type()
	cert, isCert := i.public.(*ssh.Certificate)
	if isCert {
		kind = cert.Key.Type()
	}
	algorithms := []string{kind}
	if kind == ssh.KeyAlgoRSA {
		algorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	if i.allowed == nil {
		return algorithms
	}
	return slices.DeleteFunc(algorithms, func(name string) bool {
		if isCert {
			name = certAlgorithms[name]
		}
		return !slices.Contains(i.allowed, name)
	})
}

var certAlgorithms = map[string]string{
	ssh.KeyAlgoRSASHA256: ssh.CertAlgoRSASHA256v01, ssh.KeyAlgoRSASHA512: ssh.CertAlgoRSASHA512v01,
	ssh.KeyAlgoECDSA256: ssh.CertAlgoECDSA256v01, ssh.KeyAlgoECDSA384: ssh.CertAlgoECDSA384v01,
	ssh.KeyAlgoECDSA521: ssh.CertAlgoECDSA521v01, ssh.KeyAlgoED25519: ssh.CertAlgoED25519v01,
	ssh.KeyAlgoSKED25519: ssh.CertAlgoSKED25519v01, ssh.KeyAlgoSKECDSA256: ssh.CertAlgoSKECDSA256v01,
}

// keyFile is a private key file.
type keyFile struct {
	path      string
	text      []byte
	encrypted bool
	public    ssh.PublicKey // nil where only decrypting could tell
	signer    ssh.Signer    // nil while encrypted
	problem   string        // why it cannot be used
	missing   bool
	open      bool // others may read it
}

// readKeyFile reads what can be known without a passphrase.
func readKeyFile(path string) *keyFile {
	k := &keyFile{path: path, public: readPublic(path + ".pub")}
	info, err := os.Stat(path)
	if err != nil {
		k.missing = errors.Is(err, os.ErrNotExist)
		k.problem = fmt.Sprintf("%s cannot be read: %v", path, err)
		return k
	}
	// ssh does not use a key of one's own that others may read.
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
			k.public = public // a public key given as IdentityFile picks that key of the agent
			return k
		}
		k.problem = fmt.Sprintf("%s holds no private key that can be used: %s", path, strings.TrimPrefix(err.Error(), "ssh: "))
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

// unlock decrypts the key. passphrases is by file; "" is for any other file.
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

// lockedError is the error of a key that nobody gave the passphrase of.
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

func signWith(signer ssh.Signer, data []byte, algorithm string) (*ssh.Signature, error) {
	if s, ok := signer.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return s.SignWithAlgorithm(rand.Reader, data, algorithm)
	}
	return signer.Sign(rand.Reader, data)
}
