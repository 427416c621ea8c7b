// Package conformance is the one suite that every backend passes on every engine
// version. It knows core.DockerClient only. A backend's test gives it a Harness:
//
//	conformance.Run(t, conformance.Harness{Open: open, API: "1.41"})
//
// It needs the testbed's images mlng-busybox, mlng-noshell and mlng-badentry on the
// engine. Every test uses names of its own and removes what it made.
package conformance

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// Harness connects the suite to a backend.
type Harness struct {
	// Open makes a client of its own at each call; the suite closes it.
	Open func(t testing.TB) core.DockerClient
	// API is the newest API version that the engine speaks.
	API string
}

// The testbed's images.
const (
	busybox  = "mlng-busybox"
	noshell  = "mlng-noshell"
	badentry = "mlng-badentry"
)

type test struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { runTests(t, h, all()) }

// RunHostFiles runs what concerns the host's files, for another way to them.
func RunHostFiles(t *testing.T, h Harness) { runTests(t, h, allHostTests()) }

// RunPrune prunes images; nothing else may work with images on that engine meanwhile.
func RunPrune(t *testing.T, h Harness) {
	for _, one := range pruneTests {
		runTests(t, h, []test{one})
	}
}

// RunBasics runs a small part, for another way to an engine that passed all of it.
func RunBasics(t *testing.T, h Harness) { runTests(t, h, basics) }

// RunBuilds runs the main part of the builds, for another way to an engine that passed
// all of it.
func RunBuilds(t *testing.T, h Harness) { runTests(t, h, buildBasics) }

func all() []test {
	var tests []test
	for _, part := range [][]test{
		basics, containerTests, execTests, durableTests, streamTests, endTests, lifecycleTests, moreContainerTests, listTests, logTests, statsTests, attachTests, imageTests, archiveTests, registryTests, buildTests, fileTests, growingCopyTests, setIDCopyTests, tmpfsTests, containerSyncTests, singleFileTests(), volumeTests, networkTests, portTests, systemTests, eventTests, allHostTests(),
		errorTests, closeTests,
	} {
		tests = append(tests, part...)
	}
	return tests
}

func allHostTests() (tests []test) {
	for _, one := range hostfiles.All() {
		tests = append(tests, test{one.Name, func(t *testing.T, f *fixture) { one.Run(t, f.DockerClient) }})
	}
	return tests
}

func runTests(t *testing.T, h Harness, tests []test) {
	client := h.Open(t)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	t.Run("suite", func(t *testing.T) {
		for _, one := range tests {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				one.run(t, &fixture{DockerClient: client, harness: h})
			})
		}
	})
}
