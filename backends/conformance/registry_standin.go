package conformance

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

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// standIn answers in a registry's place what a registry never would. Engines reach it
// where they reach the testbed's registries, and trust its certificate.
type standIn struct{ address string }

func startStandIn(t *testing.T, certificate tls.Certificate, answer http.HandlerFunc) standIn {
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
	return standIn{listener.Addr().String()}
}

func trusted(t *testing.T) tls.Certificate {
	t.Helper()
	dir := filepath.Dir(bed.Load(t).Registry(t, "registry-auth").CA)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// unknown is a certificate that nobody signed but itself.
func unknown(t *testing.T) tls.Certificate {
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

func testNoRegistry(t *testing.T, f *fixture) {
	html := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>hello</html>")
	}
	fails := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	garbage := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "\x00\x01garbage\r\n\r\n")
			_ = conn.Close()
		}
	}
	host, _, _ := net.SplitHostPort(bed.Load(t).Registry(t, "registry-auth").Address)
	good := trusted(t)
	for name, c := range map[string]struct{ address, reason string }{
		"unknown certificate": {startStandIn(t, unknown(t), html).address, "certificate"},
		"a web page":          {startStandIn(t, good, html).address, "garbage"},
		"an error":            {startStandIn(t, good, fails).address, "failed"},
		"garbage":             {startStandIn(t, good, garbage).address, "garbage"},
		"nothing listens":     {net.JoinHostPort(host, "1"), "unreachable"},
		"no such host":        {"mlng-none.invalid", "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.ImagePull(t.Context(), core.PullRequest{Image: c.address + "/mlng-conf/x:v1"}, nil)
			if core.KindOf(err) != core.KindRegistryError || reasonOf(err) != c.reason {
				t.Errorf("pull: got %s, %q: %v", core.KindOf(err), reasonOf(err), err)
			}
			if c.reason == "failed" || c.reason == "garbage" {
				return // old engines try again for half a minute, or log in anywhere
			}
			_, err = f.Login(t.Context(), core.LoginRequest{Registry: c.address, Login: core.RegistryLogin{Username: "u", Password: "p"}})
			if core.KindOf(err) != core.KindRegistryError || reasonOf(err) != c.reason {
				t.Errorf("login: got %s, %q: %v", core.KindOf(err), reasonOf(err), err)
			}
			image := f.at(t, c.address)
			_, err = f.ImagePush(t.Context(), core.PushRequest{Image: image}, nil)
			if core.KindOf(err) != core.KindRegistryError || reasonOf(err) != c.reason {
				t.Errorf("push: got %s, %q: %v", core.KindOf(err), reasonOf(err), err)
			}
		})
	}
}
