package identity

import (
	"crypto/rand"
	"io"
	"slices"

	"golang.org/x/crypto/ssh"
)

// identity is one public key to offer, with a way to sign for it. A private key in a
// file is decrypted only when the server wants that key.
type identity struct {
	public ssh.PublicKey // a plain key or a certificate
	name   string        // for messages: a file, or the agent
	sign   func(data []byte, algorithm string) (*ssh.Signature, error)
	// allowed are the algorithms of the signature; nil allows all that the key supports.
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

func signWith(signer ssh.Signer, data []byte, algorithm string) (*ssh.Signature, error) {
	if s, ok := signer.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return s.SignWithAlgorithm(rand.Reader, data, algorithm)
	}
	return signer.Sign(rand.Reader, data)
}
