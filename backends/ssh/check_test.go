package ssh

import (
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func checkError(t testing.TB, err error, kind core.Kind, says ...string) {
	t.Helper()
	if core.KindOf(err) != kind || (kind == "" && err != nil) {
		t.Fatalf("error is of kind %q, want %q: %v", core.KindOf(err), kind, err)
	}
	for _, word := range says {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}
