package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Keys are what one login offers, in ssh's order: keys of the agent that the config names,
// other keys of the agent, keys from files. Certificates come before their keys.
type Keys struct {
	identities []*identity
	notes      []string // why a key was not offered
	warnings   []string // of these, what ssh prints even if another key is accepted
	locked     []string // key files whose passphrase nobody gave
	agent      net.Conn

	next    int // of identities
	offered []*identity
	methods []string // what the server accepts
}

// Warnings returns what ssh would print on the terminal.
func (k *Keys) Warnings() []string { return k.warnings }

// Close ends the connection to the agent: nothing can be signed any more.
func (k *Keys) Close() {
	if k.agent != nil {
		_ = k.agent.Close()
	}
}

// Load reads key files and asks the agent. passphrases is keyed by file; "" stands for any
// other file. It uses the agent until Close, or until ctx ends.
func Load(ctx context.Context, s *sshconfig.Settings, passphrases map[string]string) *Keys {
	k := &Keys{}
	if !s.PubkeyAuthentication {
		k.notes = append(k.notes, "the ssh config has PubkeyAuthentication no")
		return k
	}
	if s.PKCS11Provider != "" {
		k.notes = append(k.notes, "PKCS11Provider is not supported: add the token to an agent (ssh-add -s)")
	}
	files := k.readFiles(s)
	inAgent := k.askAgent(ctx, s.IdentityAgent)
	named := func(key ssh.PublicKey) int {
		return slices.IndexFunc(files, func(f *keyFile) bool { return f.public != nil && sameKey(f.public, key) })
	}
	certs := certificates(s)
	used := map[int]bool{}
	for _, signer := range inAgent {
		if i := named(plain(signer.PublicKey())); i >= 0 {
			used[i] = true
			k.addWithCertificates(signer.PublicKey(), "the agent's "+files[i].path, certs, agentSigner(signer))
		}
	}
	if !s.IdentitiesOnly {
		for _, signer := range inAgent {
			if named(plain(signer.PublicKey())) < 0 {
				k.addWithCertificates(signer.PublicKey(), "a key of the agent", certs, agentSigner(signer))
			}
		}
	}
	for i, file := range files {
		if !used[i] {
			k.addFile(file, passphrases, certs)
		}
	}
	for _, id := range k.identities {
		id.allowed = s.PubkeyAcceptedAlgorithms
	}
	return k
}

func (k *Keys) readFiles(s *sshconfig.Settings) (files []*keyFile) {
	for _, path := range s.IdentityFiles {
		file := readKeyFile(path)
		if file.missing && file.public == nil {
			if !s.IdentityFilesDefault {
				k.notes = append(k.notes, file.path+" does not exist")
			}
			continue
		}
		files = append(files, file)
	}
	return files
}

func (k *Keys) addFile(file *keyFile, passphrases map[string]string, certs []*ssh.Certificate) {
	if file.problem != "" {
		if !file.missing {
			k.notes = append(k.notes, file.problem)
		}
		if file.open {
			k.warnings = append(k.warnings, file.problem)
		}
		return
	}
	if file.public == nil {
		// An old encrypted format: only decrypting shows which key it is.
		if err := file.unlock(passphrases); err != nil {
			k.notes = append(k.notes, err.Error())
			k.noteLocked(err)
			return
		}
		file.public = file.signer.PublicKey()
	}
	if file.signer == nil && !file.encrypted {
		k.notes = append(k.notes, file.path+" is a public key, and the agent does not have its private key")
		return
	}
	k.addWithCertificates(file.public, file.path, certs, file.signWith(passphrases))
}

// noteLocked remembers a key file that a passphrase would open.
func (k *Keys) noteLocked(err error) {
	var locked *lockedError
	if errors.As(err, &locked) && !slices.Contains(k.locked, locked.path) {
		k.locked = append(k.locked, locked.path)
	}
}

func (k *Keys) addWithCertificates(key ssh.PublicKey, name string, certs []*ssh.Certificate, sign func([]byte, string) (*ssh.Signature, error)) {
	if _, isCert := key.(*ssh.Certificate); !isCert {
		for _, cert := range certs {
			if sameKey(cert.Key, key) {
				k.identities = append(k.identities, &identity{public: cert, name: name + " with its certificate", sign: sign})
			}
		}
	}
	k.identities = append(k.identities, &identity{public: key, name: name, sign: sign})
}

// askAgent lists the agent's keys. An agent that does not answer is noted, and no error.
func (k *Keys) askAgent(ctx context.Context, socket string) []ssh.Signer {
	if socket == "" {
		return nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		k.notes = append(k.notes, fmt.Sprintf("the agent at %s does not answer", socket))
		return nil
	}
	k.agent = conn
	guard.OnDone(ctx, func() { _ = conn.Close() })
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		k.notes = append(k.notes, fmt.Sprintf("the agent at %s does not list its keys: %v", socket, err))
	}
	return signers
}

func agentSigner(signer ssh.Signer) func([]byte, string) (*ssh.Signature, error) {
	return func(data []byte, algorithm string) (*ssh.Signature, error) {
		return signWith(signer, data, algorithm)
	}
}

// certificates returns those of CertificateFile, and of the files beside the keys.
func certificates(s *sshconfig.Settings) []*ssh.Certificate {
	paths := slices.Clone(s.CertificateFiles)
	for _, path := range s.IdentityFiles {
		paths = append(paths, path+"-cert.pub")
	}
	var certs []*ssh.Certificate
	for _, path := range paths {
		if cert := readCertificate(path); cert != nil {
			certs = append(certs, cert)
		}
	}
	return certs
}

func plain(key ssh.PublicKey) ssh.PublicKey {
	if cert, ok := key.(*ssh.Certificate); ok {
		return cert.Key
	}
	return key
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(plain(a).Marshal(), plain(b).Marshal()) }
