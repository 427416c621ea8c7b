package local

import (
	"cmp"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// silent listens and never answers, like a host behind a dropping firewall once its
// queue is full; TLS waits for it.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return "tcp://" + listener.Addr().String()
}

func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "tcp://" + listener.Addr().String()
}

func abandoned(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	_ = listener.Close()
	return "unix://" + path
}

func TestDialErrors(t *testing.T) {
	engine := bed.Load(t).Engine(t, "engine-new")
	certs := core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": engine.TCP.CertPath}
	stranger := t.TempDir()
	ca, err := os.ReadFile(filepath.Join(engine.TCP.CertPath, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(stranger, "ca.pem"), string(ca))
	plain := httpServer(t)
	for _, c := range []struct {
		name, target string
		environ      core.Environ
		kind         core.Kind
		says         string
	}{
		{"no socket", "unix:///nowhere/docker.sock", nil, core.KindEngineUnreachable, "there is no such socket"},
		{"nobody at the socket", abandoned(t), nil, core.KindEngineUnreachable, "nothing listens"},
		{"refused", refusing(t), nil, core.KindEngineUnreachable, "refused"},
		{"no such host", "tcp://host.invalid:2375", nil, core.KindEngineUnreachable, "cannot be resolved"},
		{"silence", silent(t), certs, core.KindEngineUnreachable, "no answer within 5 s"},
		{"an engine that hangs", silent(t), nil, core.KindEngineUnreachable, "no engine answered within 5 s"},
		{"TLS to a plain port", plain, certs, core.KindEngineUnreachable, "does not speak TLS"},
		{"plain to a TLS port", engine.TCP.Host, nil, core.KindEngineUnreachable, "speaks TLS"},
		{"unknown authority", engine.TCP.Host, core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": ownCA(t)}, core.KindAuthenticationFailed, "not trusted"},
		{"no client certificate", engine.TCP.Host, core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": stranger}, core.KindAuthenticationFailed, "refused this client's certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			patience := 60.0 // names and handshakes take a busy machine long
			if strings.Contains(c.says, "within 5 s") {
				patience = 5
			}
			_, err := ping(t, core.OpenRequest{Target: c.target, Environ: c.environ, ConnectTimeoutSeconds: patience})
			if core.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v: %v", core.KindOf(err), err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	for _, on := range bed.Engines(t) {
		path := on.TCP.CertPath
		file := func(name string) string { return filepath.Join(path, name) }
		for name, req := range map[string]core.OpenRequest{
			"verified":       {Target: on.TCP.Host, Environ: core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": path}},
			"unverified":     {Target: on.TCP.Host, Environ: core.Environ{"DOCKER_TLS": "1", "DOCKER_CERT_PATH": path}},
			"by DOCKER_HOST": {Environ: core.Environ{"DOCKER_HOST": on.TCP.Host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": path}},
			"by keyword":     {Target: on.TCP.Host, TLS: &core.TLSRequest{CA: file("ca.pem"), Cert: file("cert.pem"), Key: file("key.pem"), Verify: true}},
			"by context":     {Target: "context://secure", Environ: core.Environ{"DOCKER_CONFIG": secureContext(t, on)}},
		} {
			t.Run(on.Name+" "+name, func(t *testing.T) {
				if pong, err := ping(t, req); err != nil || pong.OSType != "linux" {
					t.Errorf("got %+v, %v", pong, err)
				}
			})
		}
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	host := silent(t)
	at, err := parseHost(host, "test")
	if err != nil {
		t.Fatal(err)
	}
	at.tls, err = (&tlsWanted{}).config()
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDialer(at, 600)
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := d.dial(ctx); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func ping(t *testing.T, req core.OpenRequest) (core.PingResult, error) {
	t.Helper()
	req.ConnectTimeoutSeconds = cmp.Or(req.ConnectTimeoutSeconds, longest.Seconds())
	open := New(nil)
	client, err := core.Registry{
		core.SchemeDefault: open, core.SchemeUnix: open, core.SchemeTCP: open, core.SchemeContext: open,
	}.Open(t.Context(), req)
	if err != nil {
		return core.PingResult{}, err
	}
	defer func() { _ = client.Close() }()
	return client.Ping(t.Context())
}
