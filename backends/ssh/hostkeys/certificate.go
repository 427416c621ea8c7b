package hostkeys

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
)

// checkCertificate checks a certificate that an authority known for this host has signed.
// done is false if none of them has.
func (c *Checker) checkCertificate(cert *ssh.Certificate) (done bool, err error) {
	var authority *entry
	for _, name := range c.names() {
		for _, e := range c.find(name, "cert-authority") {
			if equal(e.key, cert.SignatureKey) {
				authority = &e
			}
		}
	}
	if authority == nil {
		return false, nil
	}
	if err := c.validate(cert); err != nil {
		return true, core.Errorf(core.KindHostKeyUnknown,
			"the host certificate of %s, signed by the authority in %s line %d, is not valid: %s; ask for a new certificate on the host",
			c.Alias, authority.file, authority.line, strings.TrimPrefix(err.Error(), "ssh: ")).
			With("host", c.name()).With("fingerprint", ssh.FingerprintSHA256(cert.Key)).With("file", authority.file).With("line", authority.line)
	}
	return true, nil
}

func (c *Checker) validate(cert *ssh.Certificate) error {
	if cert.CertType != ssh.HostCert {
		return core.Errorf(core.KindHostKeyUnknown, "it is a user's certificate, not a host's")
	}
	if c.CAAlgorithms != nil && !slices.Contains(c.CAAlgorithms, cert.Signature.Format) {
		return core.Errorf(core.KindHostKeyUnknown, "CASignatureAlgorithms does not allow its signature, %s", cert.Signature.Format)
	}
	if len(cert.ValidPrincipals) == 0 {
		return core.Errorf(core.KindHostKeyUnknown, "it names no host")
	}
	// A host's principal may be a pattern, which CheckCert does not support.
	if !slices.ContainsFunc(cert.ValidPrincipals, func(p string) bool { return wildcard(strings.ToLower(p), c.Host) }) {
		return core.Errorf(core.KindHostKeyUnknown, "it is for %s, not for %s", strings.Join(cert.ValidPrincipals, ", "), c.Host)
	}
	return (&ssh.CertChecker{}).CheckCert(cert.ValidPrincipals[0], cert)
}
