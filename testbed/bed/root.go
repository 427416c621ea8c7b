package bed

import (
	"os"
	"testing"
)

// Root is for tests that mount, or use the rights of several users, as the testbed does: it
// fails the test of another user than root, or with go test -short leaves it to the full run.
func Root(t testing.TB) {
	t.Helper()
	switch {
	case os.Geteuid() == 0:
	case testing.Short():
		t.Skip("needs root")
	default:
		t.Fatal("the test needs root, as the testbed does: run the tests with: make test")
	}
}
