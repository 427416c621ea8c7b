package execs

import (
	"context"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// TestADurableExecSaysWhyItsOutputWasCutOff: its error names the cause, whatever the error of
// this client's reader says of its own process, and whatever words the cause has.
func TestADurableExecSaysWhyItsOutputWasCutOff(t *testing.T) {
	for _, cause := range []string{"the cable broke", "the cable broke; the process noticed"} {
		reader := core.Errorf(core.KindConnectionLost, "%s; the process was ended", cause)
		reader.Err = &lostOutput{core.Errorf(core.KindConnectionLost, "%s", cause)}
		err := leftDurable(context.Background(), reader, "id")
		if want := cause + "; the durable exec keeps running, "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}
