// Package standin answers in a registry's place what a registry never would. It imports
// core/guard and testbed/bed.
package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// patience bounds how long the head of a request takes.
const patience = time.Minute

// Start serves answers until the test's end, and returns the address. Engines reach it where
// they reach the testbed's registries.
func Start(t *testing.T, certificate tls.Certificate, answer http.HandlerFunc) string {
	t.Helper()
	host, _, _ := net.SplitHostPort(bed.Load(t).Registry(t, "registry-auth").Address)
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler: answer, ReadHeaderTimeout: patience,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ErrorLog:  log.New(io.Discard, "", 0), // handshakes that fail are what is tried
	}
	guard.Go(func() { _ = server.ServeTLS(listener, "", "") }, nil)
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// Trusted is the certificate of the testbed's registries, which engines trust.
func Trusted(t *testing.T) tls.Certificate {
	t.Helper()
	dir := filepath.Dir(bed.Load(t).Registry(t, "registry-auth").CA)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// Unknown is a certificate that nobody signed but itself.
func Unknown(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ := net.SplitHostPort(bed.Load(t).Registry(t, "registry-auth").Address)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stranger"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP(host)},
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}
}
