// Package hostfiles is the part of the conformance suite about the files on the engine's host,
// which is the machine of the tests. It imports core.
package hostfiles

import (
	"slices"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// Test is one test of the suite.
type Test struct {
	Name string
	run  func(t *testing.T, f *fixture)
}

// Run runs it with a client.
func (one Test) Run(t *testing.T, client core.DockerClient) { one.run(t, &fixture{client}) }

// All returns all tests.
func All() []Test {
	return slices.Concat(hostTests, fromHostTests, protectionTests, growingTests, setIDTests)
}

// fixture is what a test works with.
type fixture struct{ core.DockerClient }

func (f *fixture) sync(t *testing.T, req core.SyncRequest) core.SyncReport {
	t.Helper()
	report, err := f.Sync(t.Context(), req, nil)
	if err != nil {
		t.Fatalf("%+v: %v", report, err)
	}
	return report
}

func wantKind(t *testing.T, err error, kind core.Kind) {
	t.Helper()
	if core.KindOf(err) != kind {
		t.Errorf("got %s (%v); want %s", core.KindOf(err), err, kind)
	}
}
