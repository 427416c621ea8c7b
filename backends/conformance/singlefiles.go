package conformance

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/conformance/singlefiles"
)

// singleFileTests are those of the room singlefiles.
func singleFileTests() (tests []test) {
	for _, one := range singlefiles.Tests {
		tests = append(tests, test{one.Name, func(t *testing.T, f *fixture) {
			one.Run(t, &singlefiles.Fixture{DockerClient: f, Sleeper: f.sleeper, Name: f.name, Volume: f.volume, NoShell: noshell})
		}})
	}
	return tests
}
