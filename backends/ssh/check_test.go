package ssh

import (
	"errors"
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

// checkBeforeLogin checks that an error says whether the host itself was out of reach.
func checkBeforeLogin(t testing.TB, err error, want bool) {
	t.Helper()
	var known *core.Error
	if !errors.As(err, &known) {
		t.Fatalf("%v is no error of the package", err)
	}
	if got, _ := known.Details["before_login"].(bool); got != want {
		t.Errorf("before_login is %v in the details of %v", got, err)
	}
}
