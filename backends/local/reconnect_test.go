package local

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// behindRelays returns a client for each way to an engine, behind a relay.
func behindRelays(t *testing.T, on bed.Engine) map[string]struct {
	relay *relay
	req   core.OpenRequest
} {
	t.Helper()
	socket := newRelay(t, "unix", filepath.Join(t.TempDir(), "s"), "unix", on.Socket)
	tcp := newRelay(t, "tcp", "127.0.0.1:0", "tcp", strings.TrimPrefix(on.TCP.Host, "tcp://"))
	return map[string]struct {
		relay *relay
		req   core.OpenRequest
	}{
		"socket": {socket, core.OpenRequest{Target: "unix://" + socket.address}},
		"TLS": {tcp, core.OpenRequest{
			Target: "tcp://" + tcp.address, Environ: core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": on.TCP.CertPath},
		}},
	}
}

func TestNewCallsWaitForALostEngine(t *testing.T) {
	for _, on := range bed.Engines(t) {
		for name, way := range behindRelays(t, on) {
			t.Run(on.Name+" "+name, func(t *testing.T) {
				t.Parallel()
				client := opener(way.req)(t)
				t.Cleanup(func() { _ = client.Close() })
				conformance.RunNewCallsWait(t, client, way.relay.cut, way.relay.mend)
			})
		}
	}
}

func TestALostEngineIsWaitedForOnlySoLong(t *testing.T) {
	on := bed.Load(t).Engine(t, "engine-new")
	for name, way := range behindRelays(t, on) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way.req.ReconnectTimeoutSeconds = 1
			client := opener(way.req)(t)
			defer func() { _ = client.Close() }()
			if _, err := client.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			way.relay.cut()
			began := time.Now()
			_, err := client.Ping(t.Context())
			if core.KindOf(err) != core.KindEngineUnreachable || time.Since(began) < 500*time.Millisecond || time.Since(began) > 20*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
}

// A client that never reached its engine has the time for one attempt, whatever keeps it
// from there.
func TestAFirstConnectionIsNotWaitedFor(t *testing.T) {
	for name, target := range map[string]string{
		"refused":   refusing(t),
		"no socket": "unix:///nowhere/docker.sock",
		"hung up":   hangingUp(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := ping(t, core.OpenRequest{Target: target, ConnectTimeoutSeconds: 1, ReconnectTimeoutSeconds: 120, Session: uuid.NewString()})
			if kind := core.KindOf(err); (kind != core.KindEngineUnreachable && kind != core.KindConnectionLost) || time.Since(began) > 30*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
}

// hangingUp takes connections and ends them, as a forwarded port does whose other end
// refuses.
func hangingUp(t *testing.T) string {
	t.Helper()
	dead := refusing(t)
	r := newRelay(t, "tcp", "127.0.0.1:0", "tcp", strings.TrimPrefix(dead, "tcp://"))
	if _, _, err := net.SplitHostPort(r.address); err != nil {
		t.Fatal(err)
	}
	return "tcp://" + r.address
}
