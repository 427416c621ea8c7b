package conformance

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

var containerSyncTests = []test{
	{"from a container: the rules of syncs, while it runs", func(t *testing.T, f *fixture) {
		hostfiles.RunFromContainer(t, f, func(options ...string) string { return f.sleeper(t, options...) }, true)
	}},
	{"from a container: the rules of syncs, where it does not run", func(t *testing.T, f *fixture) {
		hostfiles.RunFromContainer(t, f, func(options ...string) string { return f.resting(t, options...) }, false)
	}},
}

// resting makes a container that does not run.
func (f *fixture) resting(t *testing.T, options ...string) string {
	t.Helper()
	name := f.name(t)
	if _, err := f.Create(t.Context(), core.CreateContainerRequest{Image: busybox, Options: append(options, "--name", name)}, nil); err != nil {
		t.Fatal(err)
	}
	return name
}
