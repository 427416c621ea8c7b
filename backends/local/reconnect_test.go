package local

import (
	"context"
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

// longest bounds what should take a moment, so that a hanging test says where.
const longest = 8 * time.Minute

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
	t.Parallel()
	for _, on := range bed.Engines(t) {
		for name, way := range behindRelays(t, on) {
			t.Run(on.Name+" "+name, func(t *testing.T) {
				t.Parallel()
				client := opener(way.req)(t)
				t.Cleanup(func() { _ = client.Close() })
				conformance.RunNewCallsWait(t, client, func() { way.relay.cut(); noticed(t, client) }, way.relay.mend)
			})
		}
	}
}

// noticed returns when a call has found that no connection can be made any more: it waits for
// one, and says why in the end.
func noticed(t *testing.T, client core.DockerClient) {
	t.Helper()
	for until := time.Now().Add(longest); ; {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := client.Ping(ctx)
		cancel()
		if err == nil {
			t.Fatal("the engine answers without a connection")
		}
		if strings.HasPrefix(err.Error(), "not done in time: ") {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("no call finds that the engine is away: %v", err)
		}
	}
}

func TestALostEngineIsWaitedForOnlySoLong(t *testing.T) {
	t.Parallel()
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
			if core.KindOf(err) != core.KindEngineUnreachable || time.Since(began) < 500*time.Millisecond || time.Since(began) > 50*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
}

// A client that never reached its engine has the time for one attempt, whatever keeps it
// from there.
func TestAFirstConnectionIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{
		"refused":   refusing(t),
		"no socket": "unix:///nowhere/docker.sock",
		"hung up":   hangingUp(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := ping(t, core.OpenRequest{Target: target, ConnectTimeoutSeconds: 1, ReconnectTimeoutSeconds: 120, Session: uuid.NewString()})
			if kind := core.KindOf(err); (kind != core.KindEngineUnreachable && kind != core.KindConnectionLost) || time.Since(began) > 100*time.Second {
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

// TestACutIsNoEndOfAnExec: a proxy that closes a connection looks like an engine that ends a
// stream, except in TLS. The command goes on with the cut and has ended by then, so that only the
// cut says that output is missing.
func TestACutIsNoEndOfAnExec(t *testing.T) {
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			way := behindRelays(t, on)["TLS"]
			client := opener(way.req)(t)
			defer func() { _ = client.Close() }()
			name := "mlng-test-" + uuid.NewString()
			_, err := client.Run(t.Context(), core.RunRequest{
				Image: "mlng-busybox", Options: []string{"-d", "--name", name}, Command: core.Command{Argv: []string{"sleep", "600"}},
			}, core.Streams{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = client.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}) }()
			direct := opener(core.OpenRequest{Target: on.Host})(t)
			defer func() { _ = direct.Close() }()
			out := &cutting{relay: way.relay, until: func() bool {
				looked, err := direct.Exec(t.Context(), core.ExecRequest{
					Container: name, Shell: true, Command: core.Command{Text: "touch /go; ps | grep -v grep | grep -q 'echo ended'"},
				}, core.Streams{})
				return err != nil || looked.ExitCode != 0
			}}
			_, err = client.Exec(t.Context(), core.ExecRequest{
				Container: name, Shell: true, Command: core.Command{Text: "echo begun; until [ -e /go ]; do sleep 0.1; done; echo ended"},
			}, core.Streams{Stdout: out})
			if core.KindOf(err) != core.KindConnectionLost {
				t.Errorf("got %q, %v", out.got, err)
			}
		})
	}
}

// cutting cuts connections when the first output has come, and mends them when the command has ended.
type cutting struct {
	relay *relay
	until func() bool
	got   []byte
}

func (c *cutting) Write(p []byte) (int, error) {
	if len(c.got) == 0 {
		c.relay.cut()
		for !c.until() {
			time.Sleep(50 * time.Millisecond)
		}
		c.relay.mend()
	}
	c.got = append(c.got, p...)
	return len(p), nil
}
