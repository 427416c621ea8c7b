package ssh

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// opener makes clients of an engine behind an sshd.
func opener(t testing.TB, part bed.SSHD, alias, socket string) func(t testing.TB) core.DockerClient {
	env := environ(t)
	return func(t testing.TB) core.DockerClient {
		t.Helper()
		target, err := core.ParseTarget("ssh://" + alias + socket)
		if err != nil {
			t.Fatal(err)
		}
		req := patient(target.Text, part.SSHConfig)
		req.Environ = env
		client, err := Open(t.Context(), target, req)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	part := bed.Load(t).SSHD(t, "sshd")
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, conformance.Harness{Open: opener(t, part, part.Alias, on.Socket), API: on.API, Again: on.Name == "engine-old"})
		})
	}
}

// TestConformanceOfOtherWays runs the basics where the engine or the host is reached in
// another way.
func TestConformanceOfOtherWays(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	for name, way := range map[string]struct{ part, alias string }{
		"dial-stdio":   {"sshd-noforward", "mlng-noforward"},
		"jump host":    {"sshd", "mlng-behind-jump"},
		"certificates": {"sshd-ca", "mlng-ca"},
	} {
		for _, on := range bed.Engines(t) {
			t.Run(name+" to "+on.Name, func(t *testing.T) {
				t.Parallel()
				conformance.RunBasics(t, conformance.Harness{Open: opener(t, state.SSHD(t, way.part), way.alias, on.Socket), API: on.API})
			})
		}
	}
}
