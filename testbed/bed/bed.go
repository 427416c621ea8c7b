// Package bed tells Go tests which parts the testbed runs. It is only for tests, and
// imports only the standard library.
package bed

import (
	"encoding/json"
	"os"
	"testing"
)

// State holds the running parts, by name. Use its typed methods: each fails the
// test if the part is missing, because a test does not skip what it cannot reach.
type State struct {
	Parts map[string]json.RawMessage `json:"parts"`
}

// Load reads the file that MLNG_TESTBED names, and fails the test if it cannot. Tests get at
// the testbed by Load only: with go test -short and no testbed, it leaves the test to the
// full run, which refuses skips (tools/gotest).
func Load(t testing.TB) State {
	t.Helper()
	path := os.Getenv("MLNG_TESTBED")
	if path == "" && testing.Short() {
		t.Skip("needs the testbed")
	}
	if path == "" {
		t.Fatal("MLNG_TESTBED is not set: run the tests with: make test")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no testbed is running (%v): run the tests with: make test", err)
	}
	var state State
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return state
}

// part decodes one part, and fails the test if it is missing or of another kind.
func part[P any](t testing.TB, s State, name, kind string) P {
	t.Helper()
	var (
		head struct {
			Kind string `json:"kind"`
		}
		decoded P
	)
	text, ok := s.Parts[name]
	if !ok {
		t.Fatalf("the testbed's part %q is not running: python3 -m testbed up %s", name, name)
	}
	if err := json.Unmarshal(text, &head); err != nil {
		t.Fatalf("testbed part %q: %v", name, err)
	}
	if head.Kind != kind {
		t.Fatalf("testbed part %q is of kind %q, not %q", name, head.Kind, kind)
	}
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatalf("testbed part %q: %v", name, err)
	}
	return decoded
}
