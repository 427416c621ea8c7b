package local

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// httpServer is something that does not speak TLS.
func httpServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return "tcp://" + strings.TrimPrefix(server.URL, "http://")
}

// ownCA is a folder with an authority that signed none of the testbed's certificates.
func ownCA(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	dir := t.TempDir()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	write(t, filepath.Join(dir, "ca.pem"), string(text))
	return dir
}

// secureContext is a settings folder with a context "secure" that holds TLS files.
func secureContext(t *testing.T, on bed.Engine) string {
	t.Helper()
	dir, path := t.TempDir(), on.TCP.CertPath
	cmd := exec.CommandContext(t.Context(), bed.Load(t).Binary(t, "docker-cli"), "context", "create", "secure", "--docker",
		"host="+on.TCP.Host+",ca="+path+"/ca.pem,cert="+path+"/cert.pem,key="+path+"/key.pem")
	cmd.Env = []string{"DOCKER_CONFIG=" + dir, "HOME=" + dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}
