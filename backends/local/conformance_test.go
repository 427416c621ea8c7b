package local

import (
	"cmp"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func opener(req core.OpenRequest) func(t testing.TB) core.DockerClient {
	return func(t testing.TB) core.DockerClient {
		t.Helper()
		target, err := core.ParseTarget(req.Target)
		if err != nil {
			t.Fatal(err)
		}
		req := req // of this client alone: tests run side by side
		req.Session = uuid.NewString()
		// An engine may be as busy as this machine.
		req.ConnectTimeoutSeconds, req.ReconnectTimeoutSeconds = cmp.Or(req.ConnectTimeoutSeconds, longest.Seconds()), cmp.Or(req.ReconnectTimeoutSeconds, longest.Seconds())
		client, err := New(nil)(t.Context(), target, req)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, conformance.Harness{Open: opener(core.OpenRequest{Target: on.Host}), API: on.API})
		})
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"engine-old2", "engine-victim"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			bed.Alone(t, part)
			on := bed.Load(t).Engine(t, part)
			conformance.RunPrune(t, conformance.Harness{Open: opener(core.OpenRequest{Target: on.Host}), API: on.API})
		})
	}
}

func overTLS(on bed.Engine) conformance.Harness {
	return conformance.Harness{API: on.API, Open: opener(core.OpenRequest{
		Target: on.TCP.Host, Environ: core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": on.TCP.CertPath},
	})}
}

func TestConformanceOverTLS(t *testing.T) {
	t.Parallel()
	conformance.RunBasics(t, overTLS(bed.Load(t).Engine(t, "engine-new")))
}

func TestBuildsOverTLS(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			conformance.RunBuilds(t, overTLS(on))
		})
	}
}

// An engine behind TCP may be anywhere: its host's files go through the engine alone.
func TestHostFilesThroughEngine(t *testing.T) {
	t.Parallel()
	for _, on := range bed.Engines(t) {
		t.Run(on.Name+" over TLS", func(t *testing.T) {
			t.Parallel()
			h := overTLS(on)
			h.Again = on.Name == "engine-new" // as the socket's below
			conformance.RunHostFiles(t, h)
		})
	}
	on := bed.Load(t).Engine(t, "engine-new")
	t.Run("forced over a socket", func(t *testing.T) {
		t.Parallel()
		conformance.RunHostFiles(t, conformance.Harness{API: on.API, Open: opener(core.OpenRequest{Target: on.Host, HostFiles: "engine"})})
	})
}

func TestWayToHostFiles(t *testing.T) {
	t.Parallel()
	on := bed.Load(t).Engine(t, "engine-new")
	tls := core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": on.TCP.CertPath}
	for _, c := range []struct{ target, wanted, way string }{
		{on.Host, "", "local"}, {on.Host, "auto", "local"}, {on.Host, "engine", "engine"}, {on.Host, "local", "local"},
		{on.TCP.Host, "", "engine"}, {on.TCP.Host, "local", "local"},
	} {
		client := opener(core.OpenRequest{Target: c.target, Environ: tls, HostFiles: c.wanted})(t)
		report, err := client.Sync(t.Context(), core.SyncRequest{Source: t.TempDir(), Destination: t.TempDir()}, nil)
		if err != nil || report.Way != c.way {
			t.Errorf("%+v: %q, %v", c, report.Way, err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	target, err := core.ParseTarget(on.Host)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(nil)(t.Context(), target, core.OpenRequest{HostFiles: "magic"}); core.KindOf(err) != core.KindInvalidArgument {
		t.Error(err)
	}
}
