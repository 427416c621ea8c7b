package local

import (
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
		req.Session = uuid.NewString()
		client, err := New(nil)(t.Context(), target, req)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
}

func TestConformance(t *testing.T) {
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			conformance.Run(t, conformance.Harness{Open: opener(core.OpenRequest{Target: on.Host}), API: on.API})
		})
	}
}

func TestConformanceOverTLS(t *testing.T) {
	on := bed.Load(t).Engine(t, "engine-new")
	conformance.RunBasics(t, conformance.Harness{API: on.API, Open: opener(core.OpenRequest{
		Target: on.TCP.Host, Environ: core.Environ{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": on.TCP.CertPath},
	})})
}
