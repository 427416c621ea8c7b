// Package conformance is the one suite that every backend passes on every engine
// version. It knows core.DockerClient only. A backend's test gives it a Harness:
//
//	conformance.Run(t, conformance.Harness{Open: open, API: "1.41"})
//
// It needs the testbed's images mlng-busybox, mlng-noshell and mlng-badentry on the
// engine. Every test uses names of its own and removes what it made.
package conformance

import (
	"slices"
	"sync"
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
	// Nodes are the names of a fleet's nodes, in their order; nil for one engine.
	Nodes []string
	// Again says that this engine passes all of the suite over another connection, and another
	// engine over this one. What is costly is left out then.
	Again bool
}

// costly are tests that take an engine tens of containers, for what it does by itself: it does
// not meet the connection in another way than the other tests.
var costly = []string{
	"files: read, look and list in a tmpfs",
	"files: what cannot be read says why",
	"files: what cannot be written says why and leaves nothing",
	"files: write while it runs, is paused and after its end",
	"from a container: the rules of syncs, while it runs",
	"from the host: sync of one file",
	"host: deletions go by where symlinks lead",
	"host: make and delete folders",
	"host: set-id bits stay only with their owner",
	"host: sync of one file",
	"host: system paths, the engine's data and home folders are not deleted",
	"tmpfs: copy there and back",
	"tmpfs: places, links and naming",
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
func Run(t *testing.T, h Harness) {
	tests := all()
	for _, name := range costly {
		if !slices.ContainsFunc(tests, func(one test) bool { return one.name == name }) {
			t.Errorf("no test is called %q", name)
		}
	}
	runTests(t, h, tests)
}

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

// suite is what its tests share.
type suite struct {
	t       *testing.T // ends after them
	once    sync.Once
	sleeper string
	err     error
}

func runTests(t *testing.T, h Harness, tests []test) {
	client := h.Open(t)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if h.Again {
		tests = slices.DeleteFunc(tests, func(one test) bool { return slices.Contains(costly, one.name) })
	}
	all := &suite{t: t}
	t.Run("suite", func(t *testing.T) {
		for _, one := range tests {
			t.Run(one.name, func(t *testing.T) {
				if len(tests) > 1 { // one alone need not queue for a place: others wait for its engine
					t.Parallel()
				}
				one.run(t, &fixture{DockerClient: client, harness: h, suite: all})
			})
		}
	})
}
