package hostkeys

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Order moves the algorithms that lead to a known key to the front, as ssh does: otherwise
// a host with several keys could present an unknown one.
func (c *Checker) Order(algorithms []string) []string {
	if len(algorithms) == 0 {
		algorithms = ssh.SupportedAlgorithms().HostKeys
	}
	var plain []string
	authority := false
	for _, name := range c.names() {
		for _, e := range c.find(name, "") {
			plain = append(plain, e.key.Type())
		}
		authority = authority || len(c.find(name, "cert-authority")) > 0
	}
	var first, rest []string
	for _, algorithm := range algorithms {
		isCert := strings.Contains(algorithm, "-cert-v01@")
		if (isCert && authority) || slices.Contains(plain, keyType(algorithm)) {
			first = append(first, algorithm)
		} else {
			rest = append(rest, algorithm)
		}
	}
	return append(first, rest...)
}

// keyType returns the type of the plain key behind a signature algorithm.
func keyType(algorithm string) string {
	switch algorithm {
	case ssh.CertAlgoSKED25519v01:
		return ssh.KeyAlgoSKED25519
	case ssh.CertAlgoSKECDSA256v01:
		return ssh.KeyAlgoSKECDSA256
	}
	algorithm, _, _ = strings.Cut(algorithm, "-cert-v01@")
	if algorithm == ssh.KeyAlgoRSASHA256 || algorithm == ssh.KeyAlgoRSASHA512 {
		return ssh.KeyAlgoRSA
	}
	return algorithm
}
